"""What a shop says: checked against its facts, and put forward where it has no words yet."""
