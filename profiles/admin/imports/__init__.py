"""Uploading a file: its columns, what will happen, progress, result."""
