"""Formulas that give arms to customers, and that judge other ways to do so."""
