"""What programs ask of the recommender."""
