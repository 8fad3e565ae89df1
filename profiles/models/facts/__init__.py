"""Tables of what happened: events, orders, consents, items, rates."""
