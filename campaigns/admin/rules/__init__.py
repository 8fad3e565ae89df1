"""Rules that hold for all campaigns, as one page of forms."""
