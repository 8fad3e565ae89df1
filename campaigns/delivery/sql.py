"""SQL shared by the steps of delivery: who a person is, what the person agreed to."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from django.db import connection, transaction

from campaigns.delivery.address_mates import opted_out

# All rows of one person: the surviving customer and those merged into it.
PERSON = (
    "(SELECT p.id FROM profiles_customer p WHERE p.id = {person} OR p.merged_into_id ="
    " {person})"
)

RELAXED = "SET LOCAL synchronous_commit = off; "
DURABLE = "SET LOCAL synchronous_commit = on; "

# The newest statement about a channel and topic holds; a withdrawal wins a tie, and
# counts even when dated ahead.
OWN_CONSENT = """
        SELECT consent.status, consent.at FROM profiles_consent consent
        WHERE consent.customer_id IN {members} AND consent.channel = {channel}
            AND consent.topic IN ('', {topic}) AND (consent.at <= {now} OR consent.status = 'withdrawn')
        ORDER BY consent.at DESC, consent.status = 'withdrawn' DESC LIMIT 1
"""
CONSENT = """
    coalesce((
        SELECT CASE WHEN own.status = 'granted' AND {opted_out} THEN '{elsewhere}' ELSE own.status END
        FROM ({own}) AS own
    ), 'never given')
"""
WITHDRAWN_ELSEWHERE = "withdrawn by another customer of this address"


def consent_of(person: str, channel: str, topic: str, now: str = "%(now)s") -> str:
    """Return the SQL expression for what a person agreed to; the arguments are SQL
    themselves.

    A person's own yes is none once another customer of the same address said no.
    """
    said = {"person": person, "channel": channel, "topic": topic, "now": now}
    own = OWN_CONSENT.format(members=PERSON.format(person=person), **said)
    refused = opted_out(since="own.at", **said)
    return CONSENT.format(own=own, opted_out=refused, elsewhere=WITHDRAWN_ELSEWHERE)


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
