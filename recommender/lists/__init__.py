"""Ready lists: what may stand in them, in which order, and the job that makes them."""
