"""What a text says of time: dates, hours, spans, days of the offer. Pure."""
