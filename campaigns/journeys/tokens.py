"""Where enrolments stand: claimed, parked and written down, by set.

A claim deletes the token and whoever has claimed writes a new one in the same
transaction: a worker that comes late finds no row, and a killed one has changed
nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.journeys import locks

WOKEN, DUE = 0, 1  # lanes: something happened just now; time is up

WITH_DUE = """
    SELECT journey.id FROM campaigns_campaign journey
    WHERE journey.origin = 'journey' AND journey.state = 'active' AND EXISTS (
        SELECT FROM campaigns_journeytoken token
        WHERE token.journey_id = journey.id AND token.lane = %s AND token.wake_at <= %s
    ) ORDER BY journey.id
"""
CLAIM = """
    DELETE FROM campaigns_journeytoken WHERE ctid = ANY(ARRAY(
        SELECT token.ctid FROM campaigns_journeytoken token
        WHERE token.journey_id = %(journey)s AND token.lane = %(lane)s AND token.wake_at <= %(now)s
            AND EXISTS (SELECT FROM campaigns_campaign WHERE id = %(journey)s AND state = 'active')
        ORDER BY token.wake_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
    RETURNING enrolment_id, journey_id, version_id, customer_id, place, visit, arrived_at, wake_at, is_parked, is_held
"""
ENROLMENTS = """
    SELECT enrolment.id, person.id, person.external_id, person.erased_at IS NOT NULL, enrolment.key,
        enrolment.entered_at, enrolment.data::text
    FROM campaigns_journeyenrolment enrolment
    JOIN profiles_customer told ON told.id = enrolment.customer_id
    JOIN profiles_customer person ON person.id = coalesce(told.merged_into_id, told.id)
    WHERE enrolment.id = ANY(%s) AND enrolment.ended_at IS NULL ORDER BY enrolment.id
"""
END = """
    UPDATE campaigns_journeyenrolment enrolment SET ended_at = %s, reason = ended.reason
    FROM unnest(%s::bigint[], %s::text[]) AS ended (id, reason)
    WHERE enrolment.id = ended.id AND enrolment.ended_at IS NULL
"""
TOKENS = (
    "COPY campaigns_journeytoken (enrolment_id, journey_id, version_id, customer_id, place, visit, arrived_at,"
    " wake_at, lane, is_parked, is_held, zone, error) FROM STDIN"
)
STEPS = "COPY campaigns_journeystep (enrolment_id, visit, version_id, place, outcome, at) FROM STDIN"
FORGET_WAITS = "DELETE FROM campaigns_journeywait WHERE enrolment_id = ANY(%s)"


@dataclass(slots=True)
class Move:
    """One claimed token with its enrolment: whom it moves, and from where."""

    enrolment: int
    journey: int
    version: int
    token_customer: int  # who entered; the person may be another after a merge
    place: int
    visit: int
    arrived_at: datetime
    wake_at: datetime
    is_parked: bool
    is_held: bool
    customer: int = 0
    external_id: str = ""
    is_erased: bool = False
    key: str = ""
    entered_at: datetime = datetime.max  # noqa: DTZ901  set when the enrolment is read
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parked:
    """Where an enrolment stands from now on, and when it is looked at again."""

    move: Move
    wake_at: datetime
    zone: str = ""
    error: str = ""
    lane: int = DUE


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that was passed, in the order of COPY."""

    enrolment: int
    visit: int
    version: int
    place: int
    outcome: str
    at: datetime


def journeys_with_due(lane: int, now: datetime) -> list[int]:
    """Return the journeys in which somebody is due; paused ones are left alone."""
    with connection.cursor() as cursor:
        cursor.execute(WITH_DUE, [lane, now])
        return [row[0] for row in cursor.fetchall()]


def claim(journey: int, lane: int, limit: int, now: datetime) -> list[Move]:
    """Take tokens that are due, and read whom they move once nobody else can."""
    locks.share(journey)
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM, {"journey": journey, "lane": lane, "limit": limit, "now": now}
        )
        moves = {row[0]: Move(*row) for row in cursor.fetchall()}
        if not moves:
            return []
        locks.customers([one.token_customer for one in moves.values()])
        cursor.execute(ENROLMENTS, [list(moves)])
        living = [_with(moves[pk], *facts) for pk, *facts in cursor.fetchall()]
        cursor.execute(FORGET_WAITS, [[one.enrolment for one in moves.values()]])
    return living


def _with(
    move: Move,
    customer: int,
    external_id: str,
    is_erased: bool,
    key: str,
    entered_at: datetime,
    data: str,
) -> Move:
    move.customer, move.external_id, move.is_erased = customer, external_id, is_erased
    move.key, move.entered_at, move.data = key, entered_at, json.loads(data)
    return move


def put(parked: Iterable[Parked]) -> None:
    """Write where enrolments stand now."""
    with connection.cursor() as cursor, cursor.copy(TOKENS) as copy:
        for one in parked:
            move = one.move
            copy.write_row(
                (
                    move.enrolment,
                    move.journey,
                    move.version,
                    move.token_customer,
                    move.place,
                    move.visit,
                    move.arrived_at,
                    one.wake_at,
                    one.lane,
                    move.is_parked,
                    move.is_held,
                    one.zone,
                    one.error,
                )
            )


def note(passed: Iterable[Passed]) -> None:
    """Append passed steps; a visit that is written already is an error: nobody gets a
    step twice.
    """
    with connection.cursor() as cursor, cursor.copy(STEPS) as copy:
        for one in passed:
            copy.write_row(
                (one.enrolment, one.visit, one.version, one.place, one.outcome, one.at)
            )


def end(ends: Sequence[tuple[int, str]], now: datetime) -> None:
    """Say of enrolments that they are over, and why."""
    if ends:
        with connection.cursor() as cursor:
            ids, reasons = [one for one, _ in ends], [why for _, why in ends]
            cursor.execute(END, [now, ids, reasons])
