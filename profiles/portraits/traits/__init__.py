"""Traits, one file each; plug-ins of the group ``traits``."""
