"""How long one stays signed in, and who signs in."""
