"""Occasions: what happened to a customer that a campaign waits for, from being noticed
to being started or not.
"""
