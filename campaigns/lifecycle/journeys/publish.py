"""Let a version of a journey in for new entries, and say what becomes of those inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Count

from campaigns.content.journey_graph import Graph, Place
from campaigns.journeys import event_waits, exits, locks
from campaigns.journeys.definition import (
    Journey,
    journey_of,
    run_key,
    step_name,
    step_version,
)
from campaigns.journeys.tokens import DUE
from campaigns.lifecycle.approve import settle_pool
from campaigns.lifecycle.journeys import move_map
from campaigns.lifecycle.journeys.move_map import LEAVE
from campaigns.models import (
    Campaign,
    CampaignVersion,
    JourneyPublication,
    JourneyToken,
    Run,
)
from campaigns.triggers import armed_triggers, schedules
from retention_site.lib.clock import now
from retention_site.lib.transactions import first_open
from retention_site.lib.wake import wake

MOVE = "campaigns.tasks.move_journeys"
WAITS = ("wait", "wait_until")
# who waits at the same step keeps the time that she has waited
MOVED = """
    UPDATE campaigns_journeytoken token SET version_id = %(version)s, place = moved.new, wake_at = %(now)s,
        lane = %(lane)s, is_parked = token.is_parked AND moved.stays, zone = '', error = '',
        arrived_at = CASE WHEN moved.stays THEN token.arrived_at ELSE %(now)s END
    FROM unnest(%(old)s::int[], %(new)s::int[], %(stays)s::bool[]) AS moved (old, new, stays)
    WHERE token.version_id = %(from)s AND token.place = moved.old
"""


class CannotPublish(Exception):
    """Why this version can't be published: one sentence."""


@dataclass(frozen=True)
class Standing:
    """How many stand at one step of one version."""

    version: CampaignVersion
    step: str
    n: int


@dataclass(frozen=True)
class Published:
    """What a publication did."""

    version: CampaignVersion
    is_new: bool
    n_moved: int = 0
    n_left: int = 0


def standing(journey: Campaign) -> list[Standing]:
    """Return where those inside stand, newest version first, steps in their order."""
    counted = (
        JourneyToken.objects.filter(journey=journey)
        .values_list("version", "place")
        .annotate(n=Count("pk"))
        .order_by("-version", "place")
    )
    found = [(journey_of(version), place, n) for version, place, n in counted]
    return [
        Standing(one.version, one.graph.places[place].key, n) for one, place, n in found
    ]


@transaction.atomic
def publish(
    journey: Campaign,
    *,
    by: User | None = None,
    finish_on_old: bool = False,
    moves: Mapping[str, str] | None = None,
) -> Published:
    """Let the approved version in for new entries, and open the entries; raise
    `CannotPublish` or `move_map.BadMap`.

    Those inside finish on the version that they are on, or go where ``moves`` says
    (old step to new step, or to `LEAVE`).
    """
    locks.alone(journey.pk)
    version = _publishable(journey)
    newest = JourneyPublication.objects.filter(journey=journey).order_by("-pk").first()
    is_new = newest is None or newest.version_id != version.pk
    inside = [one for one in standing(journey) if one.version.pk != version.pk]
    if inside and is_new and not finish_on_old and moves is None:
        raise CannotPublish(_asks(journey, inside))
    for place in journey_of(version.pk).graph.message_places:
        _make_step(journey, version, place)
    found = journey_of(version.pk)
    n_moved, n_left = _move(found, inside, moves) if moves is not None else (0, 0)
    if is_new or n_moved or n_left:
        JourneyPublication.objects.create(
            journey=journey,
            version=version,
            by=by,
            moved=dict(moves) if moves is not None else None,
            n_moved=n_moved,
            watermark=newest.watermark if newest else first_open(),
        )
    schedules.settle(journey, found.content.schedule)
    armed_triggers.settle(journey, found.content)
    event_waits.forget()
    wake(MOVE, DUE)
    return Published(version, is_new, n_moved, n_left)


def _publishable(journey: Campaign) -> CampaignVersion:
    if journey.origin != Campaign.Origin.JOURNEY:
        raise CannotPublish(f"{journey} is no journey.")
    if journey.state == Campaign.State.STOPPED:
        raise CannotPublish(
            f"{journey} is stopped for good; apply its file under another name."
        )
    version = journey.approved_version
    if version is None:
        raise CannotPublish(
            f"{journey} has no approved version; `journey approve` comes first."
        )
    return version


def _asks(journey: Campaign, inside: list[Standing]) -> str:
    n = sum(one.n for one in inside)
    where = ", ".join(f"{one.step} ({one.n}, v{one.version.number})" for one in inside)
    return (
        f"{n} customers are inside {journey} on another version: {where}. Let them"
        " finish on it (--finish-on-old), or say where they go (--map old=new,…)."
    )


def _make_step(journey: Campaign, version: CampaignVersion, place: Place) -> None:
    """Make the hidden campaign that holds a message step's messages, and its run."""
    made, content = step_version(version, place)
    campaign, _is_new = Campaign.objects.get_or_create(
        name=step_name(journey.name, place.key),
        defaults={
            "origin": Campaign.Origin.JOURNEY_STEP,
            "part_of": journey,
            "created_by": journey.created_by,
        },
    )
    if campaign.part_of_id != journey.pk:
        raise CannotPublish(f"{campaign} is the name of another campaign.")
    Campaign.objects.filter(pk=campaign.pk).update(
        kind=content.kind, goal=content.goal.words, state=journey.state
    )
    kept = campaign.versions.filter(number=version.number).first()
    if kept is None:
        campaign.versions.filter(state=CampaignVersion.State.APPROVED).update(
            state=CampaignVersion.State.SUPERSEDED
        )
        made.campaign = campaign
        made.save()
        kept = made
    settle_pool(content, campaign)
    moment = now()
    Run.objects.get_or_create(
        key=run_key(version.pk, place.key),
        defaults={
            "campaign": campaign,
            "version": kept,
            "started_by": "journey",
            "state": Run.State.SENDING,
            "as_of": moment,
            "known_at": moment,
        },
    )


def _move(
    new: Journey, inside: list[Standing], moves: Mapping[str, str]
) -> tuple[int, int]:
    """Move those inside, or let them leave; return how many of each."""
    n_moved = n_left = 0
    for pk in sorted({one.version.pk for one in inside}):
        old = journey_of(pk).graph
        here = [one.step for one in inside if one.version.pk == pk]
        move_map.check(moves, old, new.graph, here)
        gone = [old.by_key[one].number for one in here if moves[one] == LEAVE]
        leaving = JourneyToken.objects.filter(version=pk, place__in=gone)
        n_left += exits.out(
            list(leaving.values_list("enrolment", flat=True)), exits.MOVED_OUT
        )
        n_moved += _moved(pk, old, new, {one: moves[one] for one in here})
    return n_moved, n_left


def _moved(version: int, old: Graph, new: Journey, moves: Mapping[str, str]) -> int:
    pairs = [
        (old.by_key[here], new.graph.by_key[there])
        for here, there in moves.items()
        if there != LEAVE
    ]
    values: dict[str, Any] = {
        "version": new.version.pk,
        "from": version,
        "now": now(),
        "lane": DUE,
        "old": [here.number for here, _there in pairs],
        "new": [there.number for _here, there in pairs],
        "stays": [
            here.kind == there.kind and here.key == there.key and here.kind in WAITS
            for here, there in pairs
        ],
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVED, values)
        return cursor.rowcount
