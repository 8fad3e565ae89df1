"""What a person needs to write a rule: rows, choices, numbers, words read back, differences."""
