"""What a text says in numbers: percentages, prices, points. Pure."""
