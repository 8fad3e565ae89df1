"""Formulas of profiles: arrays in, numbers or frozen dataclasses out. No Django."""
