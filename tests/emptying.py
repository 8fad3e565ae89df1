"""Empty the database after a test that commits.

Django truncates every table and then makes content types, rights and roles anew: .29 s
a test, .2 s of it for rows that were there and are there again. What a new database
holds is left in place and compared; only a test that changed it pays for all.
"""

from functools import cache

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection
from django.test import TransactionTestCase

MIGRATIONS = "django_migrations"


class _Kept:
    """What the new database held, by table."""

    rows: dict[str, str] | None = None


def install() -> None:
    """Let every test that commits be cleared up by `empty`."""
    TransactionTestCase._fixture_teardown = lambda _case: empty()  # type: ignore[attr-defined]


def remember() -> None:
    """Empty the database as Django does, and note what it then holds."""
    call_command("flush", verbosity=0, interactive=False)
    _Kept.rows = {table: _content(table) for table in _tables() if _content(table)}


def empty() -> None:
    """Leave in the database what it held before the first test."""
    kept = _Kept.rows
    if kept is None or any(_content(table) != was for table, was in kept.items()):
        remember()
        return
    filled = [table for table in _tables() if table not in kept]
    statements = connection.ops.sql_flush(no_style(), filled)
    connection.ops.execute_sql_flush(statements)


@cache
def _tables() -> list[str]:
    names = connection.introspection.django_table_names(
        only_existing=True, include_views=False
    )
    return [name for name in names if name != MIGRATIONS]


def _content(table: str) -> str:
    """Return a checksum of a table's rows, empty for no rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT md5(string_agg(held::text, ',' ORDER BY held::text)) "
            f"FROM {connection.ops.quote_name(table)} held"
        )
        return cursor.fetchone()[0] or ""
