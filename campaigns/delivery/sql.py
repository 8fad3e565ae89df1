"""SQL shared by the steps of delivery, and what a person agreed to as they ask it."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

from django.db import connection, transaction

from campaigns.delivery.gating.address_mates import opted_out
from profiles.consents import consent_state

RELAXED = "SET LOCAL synchronous_commit = off; "
DURABLE = "SET LOCAL synchronous_commit = on; "

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
    own = consent_state.holds(**said)
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
