"""Other systems that post what happened: one file each, which turns their words into
ours.
"""
