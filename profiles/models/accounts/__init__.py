"""Tables of who may sign in and call, and of what they did."""
