"""Orders: what senders tell of them, and what is written of each telling: only the
difference.
"""
