"""The menu: five places, what stands in each, and what the Create button makes.

A page is put into its place by one line: of marketing.py or settings.py. It is drawn
where its address is known and its viewer holds the rights it needs.
"""
