"""Portraits: what the facts say about each customer, as of a time."""
