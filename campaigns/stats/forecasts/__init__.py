"""Formulas that say before a launch what it may bring and show."""
