"""Pages about offers that are more than a list: a pool's form."""
