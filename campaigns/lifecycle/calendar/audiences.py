"""To about how many each campaign of the calendar writes, and who gets two on one day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, Q

from campaigns.delivery import sql
from campaigns.models import CampaignVersion, Message, Run, StoredReport
from profiles.models import Segment

# of each set of audiences that meet on a day: who is in two of them, once
TWICE = """
    WITH meeting AS (
        SELECT * FROM unnest(%(sets)s::int[], %(runs)s::bigint[], %(segments)s::bigint[], %(campaigns)s::bigint[])
            AS meeting (set, run, segment, campaign)
    ), meant AS (
        SELECT set, campaign, message.customer_id FROM meeting
        JOIN campaigns_message message ON message.run_id = meeting.run
        WHERE message.state <> ALL(%(unsent)s)
        UNION
        SELECT set, campaign, member.customer_id FROM meeting
        JOIN profiles_segmentmembership member ON member.segment_id = meeting.segment AND member.left_at IS NULL
    )
    SELECT set, count(*) FROM (
        SELECT set, customer_id FROM meant GROUP BY 1, 2 HAVING count(*) > 1
    ) AS twice GROUP BY set
"""
UNSENT = (Message.State.HELD, Message.State.CANCELLED, Message.State.ERASED)


@dataclass(frozen=True)
class Audience:
    """Whom a campaign wrote to last, or would: a run's messages, else a segment's
    members.
    """

    n: int | None = None
    run: int | None = None
    segment: int | None = None


def twice(meets: Mapping[date, Mapping[int, Audience]]) -> dict[date, int]:
    """Return how many people would get two or more on each day, from the audiences by
    campaign that meet on it. One question for all days: days where the same campaigns
    meet are asked once.
    """
    of_day = {day: frozenset(found) for day, found in meets.items()}
    sets = sorted({one for one in of_day.values() if len(one) > 1}, key=sorted)
    known = {pk: one for found in meets.values() for pk, one in found.items()}
    rows = [
        (number, known[pk].run, known[pk].segment, pk)
        for number, one in enumerate(sets)
        for pk in sorted(one)
    ]
    names = ("sets", "runs", "segments", "campaigns")
    values: dict[str, Any] = dict(zip(names, sql.columns(rows, 4), strict=True))
    counted = dict(
        sql.rows(TWICE, values | {"unsent": [str(state) for state in UNSENT]})
    )
    numbers = {one: number for number, one in enumerate(sets)}
    return {
        day: n
        for day, one in of_day.items()
        if one in numbers and (n := counted.get(numbers[one], 0))
    }


def audiences(campaigns: Iterable[int]) -> dict[int, Audience]:
    """Return whom each campaign means: its last run after holdout and limits, else its
    rehearsal's number, else its segment's. Four queries, however many.
    """
    wanted = set(campaigns)
    found: dict[int, Audience] = defaultdict(Audience)
    found |= _segments(wanted)
    for pk, result in StoredReport.objects.filter(
        kind=StoredReport.Kind.REHEARSAL, campaign__in=wanted
    ).values_list("campaign", "result"):
        n = (result.get("decisions") or {}).get("send")
        if isinstance(n, int):
            found[pk] = replace(found[pk], n=n)
    runs = dict(
        Run.objects.filter(campaign__in=wanted, n_audience__isnull=False)
        .order_by("campaign", "-pk")
        .distinct("campaign")
        .values_list("pk", "campaign")
    )
    counts = (
        Message.objects.filter(run__in=runs)
        .values_list("run")
        .annotate(n=Count("pk", filter=~Q(state__in=UNSENT)))
    )
    for run, n in counts:
        found[runs[run]] = Audience(n=n, run=run)
    return found


def _segments(wanted: set[int]) -> dict[int, Audience]:
    """Saved segments that campaigns name, with their members' number."""
    versions = CampaignVersion.objects.filter(
        campaign__in=wanted,
        state__in=[CampaignVersion.State.APPROVED, CampaignVersion.State.IN_REVIEW],
        content__segment__name__isnull=False,
    ).order_by("number")
    names = dict(versions.values_list("campaign", "content__segment__name"))
    segments = {
        name: (pk, n)
        for name, pk, n in Segment.objects.filter(name__in=names.values()).values_list(
            "name", "pk", "n_members"
        )
    }
    return {
        campaign: Audience(n=segments[name][1], segment=segments[name][0])
        for campaign, name in names.items()
        if name in segments
    }
