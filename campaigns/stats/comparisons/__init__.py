"""Formulas that compare arms: differences, ratios, intervals, corrections."""
