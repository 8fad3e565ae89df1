"""Which product a text speaks of. Pure."""
