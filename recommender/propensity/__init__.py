"""How likely each customer is to buy, to fall silent or to spend less, and how much she
will spend.
"""
