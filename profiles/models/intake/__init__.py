"""Tables of what came in by files and sources, and what was refused."""
