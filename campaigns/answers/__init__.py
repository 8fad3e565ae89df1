"""Answers to customers' questions: cited from what the shop wrote, or by a person."""
