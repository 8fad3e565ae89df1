"""What our own code is compared with: the least that does the same."""
