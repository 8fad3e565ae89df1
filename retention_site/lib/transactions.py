"""Which transactions are over: whoever reads only what those wrote, by their numbers, misses no late commit."""

from django.db import connection

ELSEWHERE = """
    SELECT backend_xid::text::bigint FROM pg_stat_activity
    WHERE backend_xid IS NOT NULL AND datname <> current_database()
"""
FIRST_OPEN = """
    SELECT coalesce(min(open::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
    FROM pg_snapshot_xip(pg_current_snapshot()) AS open
    WHERE NOT (open::text::bigint & 4294967295) = ANY(%s)  -- activity tells 32 bits of an id
"""


def first_open() -> int:
    """Return the first transaction that may still write here; those of the server's other databases can't.

    The others are listed before the snapshot is taken: one that begins in between has a later id than all that ended.
    """
    with connection.cursor() as cursor:
        cursor.execute(ELSEWHERE)
        elsewhere = [xid for (xid,) in cursor.fetchall()]
        cursor.execute(FIRST_OPEN, [elsewhere])
        return int(cursor.fetchone()[0])
