"""Delivery: never lost, never doubled, never unasked. PostgreSQL is the queue; Celery
and Redis only wake workers.
"""
