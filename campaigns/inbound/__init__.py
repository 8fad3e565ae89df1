"""Webhooks that start campaigns: checked and stored before they are answered, processed
once.
"""
