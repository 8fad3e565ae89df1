"""A journey tried on the past: every customer walks its steps through the history, one
statement a step, and nobody is written to.
"""
