"""Move on whoever is due: woken customers first, then those whose time has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from campaigns.journeys import tokens
from campaigns.journeys.definition import journey_of
from campaigns.journeys.step_kinds import KINDS
from campaigns.journeys.tokens import DUE, WOKEN, Move, Parked
from campaigns.journeys.walk import Walk
from retention_site.lib.clock import now

log = structlog.get_logger(__name__)
# small ones keep who is waited for from waiting
AT_ONCE = {WOKEN: 500, DUE: 2_000}
TRY_AGAIN = timedelta(minutes=10)  # whom an error of our own stopped
# a wait by the customer's clock is due at another moment once the zone has changed
ZONES = """
    UPDATE campaigns_journeytoken token SET wake_at = least(token.wake_at, %s)
    FROM profiles_customer told JOIN profiles_customer person ON person.id = coalesce(told.merged_into_id, told.id)
    WHERE token.zone <> '' AND told.id = token.customer_id AND person.time_zone <> token.zone
"""


def move_due(lanes: Sequence[int] = (WOKEN, DUE)) -> int:
    """Move everybody who is due; return how many. Safe beside others who do the same."""
    n = 0
    for lane in lanes:
        # one batch of each journey in turn, so that a million in one hold up no other
        while moved := sum(
            move_some(journey, lane)
            for journey in tokens.journeys_with_due(lane, now())
        ):
            n += moved
    return n


@transaction.atomic
def move_some(journey: int, lane: int) -> int:
    """Claim some tokens and move them in one transaction: all of it, or nothing."""
    moment = now()
    claimed = tokens.claim(journey, lane, AT_ONCE[lane], moment)
    by_version: dict[int, list[Move]] = defaultdict(list)
    for move in claimed:
        by_version[move.version].append(move)
    for version in sorted(by_version):
        _move(version, by_version[version], moment)
    return len(claimed)


def follow_zones() -> None:
    """Look again at those who wait by the clock of a zone that is theirs no more."""
    with connection.cursor() as cursor:
        cursor.execute(ZONES, [now()])


def _move(version: int, moves: Sequence[Move], moment: datetime) -> None:
    """Move some together; when an error of our own stops them, halves of them, so that
    only those it is about stay where they are.
    """
    before = [(one.place, one.visit, one.arrived_at, one.is_parked) for one in moves]
    try:
        with transaction.atomic():
            Walk(journey_of(version), moment).run(moves, KINDS)
    except (OperationalError, InterfaceError):
        raise  # the database is away: they wait
    except Exception as error:
        for move, was in zip(moves, before, strict=True):
            move.place, move.visit, move.arrived_at, move.is_parked = was
        if len(moves) > 1:
            half = len(moves) // 2
            _move(version, moves[:half], moment)
            _move(version, moves[half:], moment)
            return
        log.exception("somebody can't go on in a journey", enrolment=moves[0].enrolment)
        words = f"{type(error).__name__}: {error}"[:500]
        tokens.put([Parked(moves[0], moment + TRY_AGAIN, error=words)])
