"""What goes when: all campaigns in one calendar."""
