"""Uplift: for whom a message or a coupon changes something, learned from a randomised
experiment. Arrays in, frozen dataclasses out.
"""
