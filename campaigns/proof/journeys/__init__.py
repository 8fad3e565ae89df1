"""What journeys changed, step by step and as a whole, and one customer's way through."""
