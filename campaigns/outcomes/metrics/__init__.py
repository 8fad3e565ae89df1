"""Metrics of outcomes, one file each; plug-ins of the group ``metrics``."""
