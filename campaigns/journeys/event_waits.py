"""Events that enrolments wait for, or that reach their goal, and those that wake them.

Whoever is woken looks for itself whether the event counts: a wake-up that comes twice
or in vain changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from campaigns.journeys import locks
from campaigns.journeys.definition import journey_of
from campaigns.journeys.tokens import WOKEN, Move
from campaigns.models import Campaign, JourneyPublication
from retention_site.lib.clock import now

# a journey published this moment may be missed so long; the sweep finds what it missed
REMEMBER_SECONDS = 2.0
COLUMNS = ("item_id", "order_id", "session_id", "campaign_id", "coupon_code")
# where an event says which cart or order it is about
VALUE = (
    "CASE asked.path "
    + " ".join(f"WHEN '{name}' THEN event.{name}" for name in COLUMNS)
    + " ELSE event.properties #>> string_to_array(asked.path, '.') END"
)
HAPPENED = f"""
    SELECT DISTINCT ON (asked.enrolment) asked.enrolment, event.happened_at
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
        AS asked (enrolment, customer, names, path, value, since, until)
    CROSS JOIN LATERAL (
        SELECT asked.customer AS id
        UNION ALL SELECT other.id FROM profiles_customer other WHERE other.merged_into_id = asked.customer
    ) person
    JOIN profiles_event event ON event.customer_id = person.id AND event.happened_at > asked.since
        AND event.happened_at <= asked.until AND lower(event.type) = ANY(string_to_array(asked.names, E'\\n'))
        AND (asked.path = '' OR {VALUE} = asked.value)
    ORDER BY asked.enrolment, event.happened_at
"""  # noqa: S608  names of our own
WAIT = "COPY campaigns_journeywait (enrolment_id, visit, customer_id, event, path, value, since) FROM STDIN"
# a token that somebody has claimed is left alone: who has it looks for the event itself
WAKE = """
    WITH told AS (
        SELECT coalesce(customer.merged_into_id, customer.id) AS head, told.type, told.at
        FROM unnest(%(customers)s::bigint[], %(types)s::text[], %(at)s::timestamptz[]) AS told (customer, type, at)
        JOIN profiles_customer customer ON customer.id = told.customer
    ), member AS (
        SELECT told.head AS id, told.type, told.at FROM told
        UNION ALL
        SELECT customer.id, told.type, told.at FROM told JOIN profiles_customer customer
            ON customer.merged_into_id = told.head
    ), meant AS (
        SELECT waits.enrolment_id AS id FROM member JOIN campaigns_journeywait waits
            ON waits.customer_id = member.id AND waits.event = member.type AND waits.since < member.at
        UNION
        SELECT enrolment.id FROM member
        JOIN unnest(%(goal_journeys)s::bigint[], %(goal_events)s::text[]) AS goal (journey, event)
            ON goal.event = member.type
        JOIN campaigns_journeyenrolment enrolment ON enrolment.customer_id = member.id
            AND enrolment.journey_id = goal.journey AND enrolment.ended_at IS NULL
            AND enrolment.entered_at < member.at
    ), woken AS (
        SELECT token.id FROM campaigns_journeytoken token JOIN meant ON meant.id = token.enrolment_id
        ORDER BY token.id FOR UPDATE OF token SKIP LOCKED
    )
    UPDATE campaigns_journeytoken token SET wake_at = least(token.wake_at, %(now)s), lane = %(lane)s
    FROM woken WHERE token.id = woken.id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether one of some events came to an enrolment's customer in a span."""

    move: Move
    names: Sequence[str]
    since: datetime
    until: datetime
    path: str = ""  # of the object that it must be about

    @property
    def value(self) -> str:
        return value_of(self.move.key) if self.path else ""


@dataclass(frozen=True)
class Listening:
    """The events that concern somebody inside a journey, in small letters."""

    names: frozenset[str] = frozenset()
    goals: tuple[tuple[int, str], ...] = ()  # journey, event


def happened(asked: Sequence[Asked]) -> dict[int, datetime]:
    """Return by enrolment when the first such event came."""
    if not asked:
        return {}
    columns: list[Any] = [
        [one.move.enrolment for one in asked],
        [one.move.customer for one in asked],
        ["\n".join(one.names).casefold() for one in asked],
        [one.path for one in asked],
        [one.value for one in asked],
        [one.since for one in asked],
        [one.until for one in asked],
    ]
    with connection.cursor() as cursor:
        cursor.execute(HAPPENED, columns)
        return dict(cursor.fetchall())


def wait_for(asked: Iterable[Asked]) -> None:
    """Write down what is waited for."""
    with connection.cursor() as cursor, cursor.copy(WAIT) as copy:
        for one in asked:
            for name in one.names:
                copy.write_row(
                    (
                        one.move.enrolment,
                        one.move.visit,
                        one.move.token_customer,
                        name.casefold(),
                        one.path,
                        one.value,
                        one.since,
                    )
                )


def announced(events: Sequence[Any]) -> int:
    """Wake whom events concern that were just recorded
    (`profiles.intake.ingest.Recorded`); return how many.
    """
    known = listening()
    told = [
        (one.customer, one.event.type.casefold(), one.event.at)
        for one in events
        if one.event.type.casefold() in known.names
    ]
    return wake(told, known) if told else 0


@transaction.atomic
def wake(told: Sequence[tuple[int, str, datetime]], known: Listening) -> int:
    """Let customers of events, each with its kind and time, be moved at once."""
    customers = [one for one, _type, _at in told]
    locks.customers(customers)
    with connection.cursor() as cursor:
        cursor.execute(
            WAKE,
            {
                "customers": customers,
                "types": [kind for _one, kind, _at in told],
                "at": [at for _one, _type, at in told],
                "goal_journeys": [journey for journey, _event in known.goals],
                "goal_events": [event for _journey, event in known.goals],
                "now": now(),
                "lane": WOKEN,
            },
        )
        return cursor.rowcount


def listening() -> Listening:
    """Return what journeys listen to; remembered for moments, since every event asks."""
    global _known, _known_until
    if time.monotonic() >= _known_until:
        _known, _known_until = _read(), time.monotonic() + REMEMBER_SECONDS
    return _known


def forget() -> None:
    """Ask the database again next time."""
    global _known_until
    _known_until = 0.0


def _read() -> Listening:
    """Every version that was published may still have somebody inside."""
    names: set[str] = set()
    goals: set[tuple[int, str]] = set()
    published = JourneyPublication.objects.exclude(
        journey__state=Campaign.State.STOPPED
    )
    for version in published.values_list("version", flat=True).distinct():
        journey = journey_of(version)
        for place in journey.graph.places:
            if place.kind == "wait_until":
                names |= {event.casefold() for event in place.says["event"]}
        leave = journey.content.leave or {"goal": ()}
        reached = {event.casefold() for event in leave["goal"]}
        names |= reached
        goals |= {(journey.version.campaign_id, event) for event in reached}
    return Listening(frozenset(names), tuple(sorted(goals)))


def value_of(key: str) -> str:
    """Return the object's own id of an entry key such as ``cart_id:17``."""
    kind, _colon, value = key.partition(":")
    if kind == "hook":  # hook:address:object:17:customer
        return value.partition(":object:")[2].rpartition(":")[0]
    # an item is seen by many: its key names the customer, too
    return value.rpartition(":")[0] if kind == "item_id" else value


_known = Listening()
_known_until = 0.0
