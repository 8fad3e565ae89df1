"""Publish journeys, hold them back, end them; what becomes of those inside."""
