"""What one sees of a journey before and after: a rehearsal, one customer's way, what it
changed, and its messages in a colleague's own mailbox.
"""
