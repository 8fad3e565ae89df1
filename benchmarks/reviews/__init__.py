"""How well reviews are read."""
