"""Bounces: mail that came back, what a mail service tells of it, and whether the
address is gone for good.
"""
