"""Whom a text names, and what it tells of them. Pure."""
