"""Who a run is for: the audience, frozen once, and what decisions look at."""
