"""Read aspects and opinions out of a review's words. Pure."""
