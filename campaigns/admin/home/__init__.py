"""The first page: what its viewer may act on, the programme's money, what runs, and
what could be next.
"""
