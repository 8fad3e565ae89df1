"""Drop old rows, a lot at a time: what the kinds of data that grow old have in common."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from profiles.privacy.retention import AT_ONCE

DELETE = (
    "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {old} ORDER BY id"
    " LIMIT {n} FOR UPDATE SKIP LOCKED)"
)
EMPTY = (
    "UPDATE {table} SET {changes} WHERE id IN (SELECT id FROM {table} WHERE ({old}) AND"
    " ({filled}) ORDER BY id LIMIT {n} FOR UPDATE SKIP LOCKED)"
)


def delete(table: str, old: str, before: datetime) -> Iterator[int]:
    """Delete the rows that are ``old``, SQL with ``%(before)s``."""
    yield from _lots(DELETE.format(table=table, old=old, n=AT_ONCE), {"before": before})


def empty(
    table: str, old: str, before: datetime, values: Mapping[str, str]
) -> Iterator[int]:
    """Put SQL ``values`` in place of what columns of ``old`` rows hold, once."""
    changes = ", ".join(f'"{name}" = {value}' for name, value in values.items())
    filled = " OR ".join(
        f'"{name}" IS DISTINCT FROM {value}' for name, value in values.items()
    )
    statement = EMPTY.format(
        table=table, changes=changes, old=old, filled=filled, n=AT_ONCE
    )
    yield from _lots(statement, {"before": before})


def old_files(folder: Path, pattern: str, before: datetime) -> Iterator[int]:
    """Remove files that nobody has written since."""
    for path in sorted(folder.glob(pattern)):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            yield 1


def _lots(statement: str, values: Mapping[str, Any]) -> Iterator[int]:
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            n = cursor.rowcount
        yield n
        if n < AT_ONCE:
            return
