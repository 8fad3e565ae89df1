"""What reviews say: aspects, and whether they are praised or complained of."""
