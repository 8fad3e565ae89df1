"""Statistics of tables that an import filled: without them PostgreSQL plans by what the
table was before, until autovacuum comes by.
"""

from collections.abc import Iterable

from django.db import connection

LEAST_ROWS = 5_000  # fewer change no plan
SHARE = 0.2  # of what the statistics know; autovacuum looks at half as many
KNOWN = """
    SELECT relname, reltuples FROM pg_class
    WHERE oid = ANY(SELECT to_regclass(name)::oid FROM unnest(%s::text[]) AS asked (name))
"""


def renew(tables: Iterable[str], n_new: int) -> list[str]:
    """Have the tables looked at to which an import added much; return them. A table that
    somebody else is looking at is left to them.
    """
    if n_new < LEAST_ROWS:
        return []
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [list(tables)])
        grown = [name for name, n in cursor.fetchall() if n_new >= SHARE * n]
        for name in sorted(grown):
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {connection.ops.quote_name(name)}")
    return sorted(grown)
