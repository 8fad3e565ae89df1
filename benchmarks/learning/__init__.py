"""Benchmarks of what is learned and of how it answers."""
