"""Tables of customers and of the ids that are theirs."""
