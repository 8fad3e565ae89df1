"""Local providers for demo and tests: they take what would leave the house and write it
down before they answer.
"""
