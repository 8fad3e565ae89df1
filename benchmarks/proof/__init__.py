"""Benchmarks of effects and reports."""
