"""Cards of other apps' pages that the recommender fills."""
