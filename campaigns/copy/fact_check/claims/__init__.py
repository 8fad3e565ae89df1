"""What a text promises, and how urgently. Pure."""
