"""What a shop says, held against its facts."""
