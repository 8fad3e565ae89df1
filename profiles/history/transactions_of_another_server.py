"""Transaction numbers that came from another server: a restored database counts anew.

Each event keeps the number of the transaction that wrote it, and the history reads up to
the oldest open one. A number that this server has not reached yet would keep its event
out for years.
"""

from django.db import connection

from profiles.models import HistoryState

# 3 is the first ordinary transaction: before every one of this server
SETTLE_EVENTS = """
    UPDATE profiles_event SET transaction = 3
    WHERE transaction >= pg_current_xact_id()::text::bigint
"""
FORGET_CHANGES = "TRUNCATE profiles_history_change"


def forget() -> None:
    """Let every event count as written before now, and the history as never read."""
    HistoryState.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(SETTLE_EVENTS)
        cursor.execute(FORGET_CHANGES)
