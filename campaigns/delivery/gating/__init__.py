"""Whether a message may go to this customer now: consent, suppression, shared
mailboxes, carts and the rules of the version.
"""
