"""What customers do with a message: open, click, unsubscribe, choose. Looking never
changes a subscription.
"""
