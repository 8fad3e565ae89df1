"""Customers who entered or left a saved segment, read from their stays: a lost
announcement loses nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Coalesce

from campaigns.models import Trigger
from campaigns.triggers import armed_triggers
from campaigns.triggers.armed_triggers import Watched
from campaigns.triggers.occasion_rows import Noticed, Sighting, notice
from profiles.models import Segment
from retention_site.lib.clock import now

# a refresh may end later than the time that it writes down
LOOK_BACK = timedelta(hours=1)
ENTERED = "entered"
Move = tuple[int, int, datetime]  # the stay, the person, the moment


def look() -> Noticed:
    """Notice who came and who went since the last look, in the segments that were
    refreshed since then.
    """
    n, n_due = 0, 0
    for one in armed_triggers.active("segment"):
        trigger = Trigger.objects.get(pk=one.id)
        segment = Segment.objects.filter(name=one.plan.segment).first()
        if (
            segment is None
            or segment.refreshed_at is None
            or segment.refreshed_at == trigger.looked_at
        ):
            continue
        since = max(trigger.since, (trigger.looked_at or trigger.since) - LOOK_BACK)
        moves = _fresh(one, segment, list(_moves(segment, one.plan.move, since)))
        found = notice((_sighting(one, *move) for move in moves), now())
        Trigger.objects.filter(pk=trigger.pk).update(looked_at=segment.refreshed_at)
        n, n_due = n + found.n, n_due + found.n_due
    return Noticed(n, n_due)


def _fresh(watched: Watched, segment: Segment, moves: list[Move]) -> list[Move]:
    """Leave out who entered or left long ago by what we know now, such as by a consent
    of 2019 that was imported today.

    The rule is asked again as of the oldest moment that still counts. Whoever fitted
    then did not enter since, and whoever did not fit did not leave, unless we saw them
    go or come in between.
    """
    if not moves:
        return []
    # brings DuckDB: only a segment that somebody entered or left pays for it
    from profiles import segments

    as_of = min(at for _stay, _person, at in moves) - watched.age
    fitted = set(segments.members(segment.rule, as_of).tolist())
    has_entered = watched.plan.move == ENTERED
    opposite = "left" if has_entered else ENTERED
    seen = {person: at for _stay, person, at in _moves(segment, opposite, as_of)}
    return [
        move
        for move in moves
        if (move[1] in fitted) != has_entered
        or (move[1] in seen and seen[move[1]] < move[2])
    ]


def _moves(segment: Segment, move: str, since: datetime) -> Iterator[Move]:
    """Yield stays that began, or ended, since then: primary key, customer and moment."""
    at = "joined_at" if move == ENTERED else "left_at"
    person = Coalesce("customer__merged_into", F("customer_id"))
    yield from (
        segment.memberships.filter(**{f"{at}__gte": since})
        .values_list("pk", person, at)
        .iterator()
    )


def _sighting(watched: Watched, stay: int, person: int, at: datetime) -> Sighting:
    plan = watched.plan
    data = {"segment": plan.segment, "move": plan.move, "at": at.isoformat()}
    return Sighting(
        watched.id, person, f"{plan.move}:{stay}", at, at + watched.delay, data
    )
