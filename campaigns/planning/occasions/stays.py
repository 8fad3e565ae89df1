"""Customers who entered or left a saved segment, read from their stays: a lost announcement loses nobody."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from campaigns.models import Trigger
from campaigns.planning.occasions import watch
from campaigns.planning.occasions.notice import Noticed, Sighting, notice
from campaigns.planning.occasions.watch import Watched
from profiles.models import Segment, SegmentMembership
from retention_site.lib.clock import now

LOOK_BACK = timedelta(hours=1)  # a refresh may end later than the time that it writes down
ENTERED = "entered"


def look() -> Noticed:
    """Notice who came and who went since the last look, in the segments that were refreshed since then."""
    n, n_due = 0, 0
    for one in watch.active("segment"):
        trigger = Trigger.objects.get(pk=one.id)
        segment = Segment.objects.filter(name=one.plan.segment).first()
        if segment is None or segment.refreshed_at is None or segment.refreshed_at == trigger.looked_at:
            continue
        since = max(trigger.since, (trigger.looked_at or trigger.since) - LOOK_BACK)
        found = notice((_sighting(one, stay) for stay in _moves(segment, one.plan.move, since)), now())
        Trigger.objects.filter(pk=trigger.pk).update(looked_at=segment.refreshed_at)
        n, n_due = n + found.n, n_due + found.n_due
    return Noticed(n, n_due)


def _moves(segment: Segment, move: str, since: object) -> QuerySet[SegmentMembership]:
    """Stays that began, or ended, since the trigger is watched for."""
    stays = segment.memberships.annotate(person=Coalesce("customer__merged_into", F("customer_id")))
    if move != ENTERED:
        return stays.filter(left_at__gte=since).annotate(at=F("left_at"))
    return stays.filter(joined_at__gte=since).annotate(at=F("joined_at"))


def _sighting(watched: Watched, stay: SegmentMembership) -> Sighting:
    at, person = stay.at, stay.person  # type: ignore[attr-defined]  annotated
    plan = watched.plan
    data = {"segment": plan.segment, "move": plan.move, "at": at.isoformat()}
    return Sighting(watched.id, person, f"{plan.move}:{stay.pk}", at, at + watched.delay, data)
