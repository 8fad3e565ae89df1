"""The calendar: what goes when, to about how many, who gets two on one day, and how a
time is moved.
"""
