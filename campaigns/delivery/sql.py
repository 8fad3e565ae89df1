"""SQL shared by the steps of delivery: who a person is, what the person agreed to."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from django.db import connection, transaction

# All rows of one person: the surviving customer and those merged into it.
PERSON = (
    "(SELECT p.id FROM profiles_customer p WHERE p.id = {person} OR p.merged_into_id ="
    " {person})"
)

RELAXED = "SET LOCAL synchronous_commit = off; "
DURABLE = "SET LOCAL synchronous_commit = on; "

# The newest statement about a channel and topic holds; a withdrawal wins a tie, and
# counts even when dated ahead.
CONSENT = """
    coalesce((
        SELECT consent.status FROM profiles_consent consent
        WHERE consent.customer_id IN {person} AND consent.channel = {channel}
            AND consent.topic IN ('', {topic}) AND (consent.at <= {now} OR consent.status = 'withdrawn')
        ORDER BY consent.at DESC, consent.status = 'withdrawn' DESC LIMIT 1
    ), 'never given')
"""


def consent_of(person: str, channel: str, topic: str, now: str = "%(now)s") -> str:
    """Return the SQL expression for what a person agreed to; the arguments are SQL
    themselves.
    """
    return CONSENT.format(
        person=PERSON.format(person=person), channel=channel, topic=topic, now=now
    )


def rows(
    statement: str, values: Mapping[str, Any] | Sequence[Any] | None = None
) -> list[tuple[Any, ...]]:
    """Run one statement that is its own transaction and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def relaxed(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Like `rows`, without waiting for the disk: a crash of the database may forget it,
    and nothing depends on it.
    """
    return _committed(RELAXED, statement, values)


def durable(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Like `rows`, on disk when it returns, whatever the database's default says."""
    return _committed(DURABLE, statement, values)


def _committed(
    how: str, statement: str, values: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Run both in one round trip: PostgreSQL takes statements that come together as one
    transaction.
    """
    # an error breaks no outer one
    inside = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with inside, connection.cursor() as cursor:
        cursor.execute(how + statement, values)
        cursor.nextset()
        return cursor.fetchall() if cursor.description else []


def columns(items: Iterable[Sequence[Any]], n: int) -> list[list[Any]]:
    """Turn rows of ``n`` values into ``n`` columns, as ``unnest`` takes them."""
    turned: list[list[Any]] = [[] for _ in range(n)]
    for item in items:
        for column, value in zip(turned, item, strict=True):
            column.append(value)
    return turned
