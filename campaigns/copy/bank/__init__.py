"""Openings that the house has written, and those of the shop."""
