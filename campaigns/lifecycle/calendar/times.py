"""What goes when: every campaign's times within a span, what was sent among them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Q

from campaigns.lifecycle.calendar.audiences import UNSENT, Audience, audiences
from campaigns.lifecycle.calendar.moving import can_shift
from campaigns.models import Campaign, CampaignVersion, Message, Run, Schedule, Trigger
from campaigns.triggers import recurrence
from campaigns.triggers.schedules import zone_of
from retention_site.lib.clock import now
from retention_site.lib.walltime import instant

MOST = 200  # times of one campaign in a span
LATELY = timedelta(days=7)
NOBODY_KNOWS = Audience()


@dataclass(frozen=True)
class Entry:
    """One time of one campaign."""

    campaign: int
    name: str
    at: datetime
    kind: str  # once or repeat
    state: str  # planned, in_review, paused or sent
    audience: Audience = NOBODY_KNOWS
    can_move: bool = False

    @property
    def n(self) -> int | None:
        """About how many it writes to, None where nobody knows."""
        return self.audience.n


@dataclass(frozen=True)
class Steady:
    """A campaign that a trigger starts: it writes every day."""

    campaign: int
    name: str
    state: str
    a_day: float


def entries(since: datetime, until: datetime) -> list[Entry]:
    """Return what was and will be sent from one moment to another, in order of time."""
    moment = now()
    planned = [
        *_scheduled(max(since, moment), until),
        *_in_review(max(since, moment), until),
    ]
    found = audiences({one.campaign for one in planned})
    counted = [replace(one, audience=found[one.campaign]) for one in planned]
    return sorted(
        [*_sent(since, min(until, moment)), *counted],
        key=lambda one: (one.at, one.campaign),
    )


def steady() -> list[Steady]:
    """Return what triggers start, and how much a day of the last week."""
    armed = Trigger.objects.filter(is_active=True).exclude(
        campaign__state=Campaign.State.STOPPED
    )
    counts = dict(
        Message.objects.filter(
            campaign__in=armed.values("campaign"), sent_at__gt=now() - LATELY
        )
        .values_list("campaign")
        .annotate(n=Count("pk"))
    )
    return [
        Steady(pk, name, state, counts.get(pk, 0) / LATELY.days)
        for pk, name, state in armed.order_by("campaign__name").values_list(
            "campaign", "campaign__name", "campaign__state"
        )
    ]


def _scheduled(since: datetime, until: datetime) -> list[Entry]:
    found = Schedule.objects.filter(
        is_active=True,
        campaign__archived_at=None,
        campaign__state__in=[Campaign.State.ACTIVE, Campaign.State.PAUSED],
    ).select_related("campaign")
    return [
        Entry(
            one.campaign_id,
            one.campaign.name,
            at,
            "repeat" if one.repeat else "once",
            "paused" if one.campaign.state == Campaign.State.PAUSED else "planned",
            can_move=can_shift(one.repeat),
        )
        for one in found
        for at in _times(one.starts_wall, one.repeat, one.time_zone, since, until)
    ]


def _in_review(since: datetime, until: datetime) -> list[Entry]:
    """What waits for approval stands at the time that it asks for."""
    waiting = CampaignVersion.objects.filter(
        state=CampaignVersion.State.IN_REVIEW,
        content__schedule__starts__isnull=False,
        campaign__archived_at=None,
    )
    rows = waiting.values_list("campaign", "campaign__name", "content__schedule")
    return [
        Entry(pk, name, at, "repeat" if said.get("repeat") else "once", "in_review")
        for pk, name, said in rows
        for at in _times(
            datetime.fromisoformat(said["starts"]),
            said.get("repeat") or "",
            said["time_zone"],
            since,
            until,
        )
    ]


def _times(
    starts: datetime, repeat: str, zone_name: str, since: datetime, until: datetime
) -> list[datetime]:
    zone = zone_of(zone_name)
    walls = recurrence.due(
        starts,
        repeat,
        after=recurrence.wall(since, zone),
        until=recurrence.wall(until, zone),
    )
    return [instant(wall, zone) for wall in walls[:MOST]]


def _sent(since: datetime, until: datetime) -> list[Entry]:
    """Runs that were, with how many were written to."""
    runs = Run.objects.filter(
        created_at__gte=since - LATELY,
        as_of__gte=since,
        as_of__lt=until,
        n_audience__isnull=False,
    ).exclude(state=Run.State.FAILED)
    named = list(runs.values_list("pk", "campaign", "campaign__name", "as_of"))
    counts = dict(
        Message.objects.filter(run__in=[row[0] for row in named])
        .values_list("run")
        .annotate(n=Count("pk", filter=~Q(state__in=UNSENT)))
    )
    return [
        Entry(campaign, name, at, "once", "sent", Audience(n=counts.get(pk, 0)))
        for pk, campaign, name, at in named
    ]
