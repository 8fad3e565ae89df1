"""The statistics of proof: arrays and sums in, frozen dataclasses out. No Django, no
clock, no database.
"""
