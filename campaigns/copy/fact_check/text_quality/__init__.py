"""What is wrong with a text whatever its facts are. Pure."""
