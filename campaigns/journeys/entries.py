"""Let customers into a journey: each entry once, one at a time for each object, chance
before anything is seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.content.journey_steps import EACH, NEVER
from campaigns.content.model import CONTROL
from campaigns.content.triggers import span
from campaigns.journeys import locks
from campaigns.journeys.definition import Journey, journey_of
from campaigns.journeys.tokens import WOKEN
from campaigns.models import Campaign, JourneyPublication
from campaigns.planning import holdouts
from campaigns.planning.arm_assignment import Place, places
from campaigns.planning.decide import OTHER_TEST
from campaigns.planning.launch import CannotLaunch, must_be_active
from profiles import segments
from profiles.models import Customer
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

INSIDE, BEFORE, UNFIT = "is inside already", "was in it before", "not meant by segment"
MOVE = "campaigns.tasks.move_journeys"
GONE = "the customer was erased"

# a person's entries are those of everybody who was joined to her
MEMBER = """member AS (
        SELECT customer AS head, customer AS id FROM entry
        UNION
        SELECT other.merged_into_id, other.id FROM entry
        JOIN profiles_customer other ON other.merged_into_id = entry.customer
    )"""
ENTER = f"""
    WITH entry AS (
        SELECT * FROM unnest(%(customers)s::bigint[], %(keys)s::text[], %(occurrences)s::text[], %(arms)s::text[],
            %(propensities)s::float[], %(held_out)s::bool[], %(data)s::jsonb[], %(at)s::timestamptz[])
            AS entry (customer, key, occurrence, arm, propensity, is_held_out, data, at)
    ), {MEMBER}, barred AS (
        SELECT entry.occurrence FROM entry JOIN member ON member.head = entry.customer
        JOIN campaigns_journeyenrolment earlier ON earlier.customer_id = member.id AND earlier.journey_id = %(journey)s
        WHERE earlier.ended_at IS NULL AND earlier.key = entry.key
            OR %(again)s = 'never'
            OR %(again)s = 'each' AND entry.key <> '' AND earlier.key = entry.key
            OR earlier.entered_at > %(since)s
    ), entered AS (
        INSERT INTO campaigns_journeyenrolment (journey_id, version_id, customer_id, key, occurrence, arm,
            propensity, is_held_out, data, entered_at)
        SELECT %(journey)s, %(version)s, customer, key, occurrence, arm, propensity, is_held_out, data, at FROM entry
        WHERE NOT EXISTS (SELECT FROM barred WHERE barred.occurrence = entry.occurrence)
        ORDER BY customer, key ON CONFLICT DO NOTHING
        RETURNING id, customer_id, occurrence, arm, is_held_out
    ), placed AS (
        INSERT INTO campaigns_journeytoken (enrolment_id, journey_id, version_id, customer_id, place, visit,
            arrived_at, wake_at, lane, is_held)
        SELECT id, %(journey)s, %(version)s, customer_id, 0, 0, %(now)s, %(now)s, %(lane)s,
            arm = %(control)s OR is_held_out FROM entered
    )
    SELECT occurrence FROM entered
"""  # noqa: S608  the part is a constant
KNOWN = f"""
    WITH entry AS (
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS entry (customer, key, occurrence)
    ), {MEMBER}
    SELECT entry.occurrence, bool_or(earlier.occurrence = entry.occurrence),
        bool_or(earlier.ended_at IS NULL AND earlier.key = entry.key)
    FROM entry JOIN member ON member.head = entry.customer
    JOIN campaigns_journeyenrolment earlier ON earlier.customer_id = member.id AND earlier.journey_id = %s
    GROUP BY 1
"""  # noqa: S608  the part is a constant


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who may come in: by what, about which object, since when."""

    customer: int
    occurrence: str
    at: datetime
    key: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def published(journey: Campaign) -> Journey | None:
    """Return the version that new entries get, if one was published."""
    newest = JourneyPublication.objects.filter(journey=journey).order_by("-pk").first()
    return journey_of(newest.version_id) if newest else None


def enter(
    campaign: Campaign, entries: Sequence[Entry], *, lane: int = WOKEN
) -> dict[str, str]:
    """Let customers in, in the caller's transaction; return by occurrence why one was
    not, empty where it was (now or by an earlier call). Raise `CannotLaunch`.
    """
    must_be_active(campaign)
    locks.share(campaign.pk)
    journey = published(campaign)
    if journey is None:
        raise CannotLaunch(f"{campaign} is not published.")
    told, people = _refused(journey, entries), _people(entries)
    locks.customers(sorted(people))
    chosen = [one for one in entries if one.occurrence not in told]
    drawn = _drawn(journey, {one.customer: people[one.customer] for one in chosen})
    told |= {
        one.occurrence: OTHER_TEST for one in chosen if not drawn[one.customer].arm
    }
    chosen = [one for one in chosen if one.occurrence not in told]
    if journey.content.again != EACH:  # of two that come together the first counts
        first = {one.customer: one.occurrence for one in reversed(chosen)}
        late = [one for one in chosen if first[one.customer] != one.occurrence]
        told |= {one.occurrence: INSIDE for one in late}
        chosen = [one for one in chosen if one.occurrence not in told]
    entered = _write(journey, chosen, drawn, lane)
    told |= dict.fromkeys(entered, "")
    wake(MOVE, lane)
    left = [one for one in chosen if one.occurrence not in entered]
    return told | (_known(campaign.pk, left) if left else {})


def _people(entries: Iterable[Entry]) -> dict[int, str]:
    """Return the shop's ids by primary key of those who may come in."""
    wanted = {one.customer for one in entries}
    return dict(Customer.objects.filter(pk__in=wanted).values_list("pk", "external_id"))


def _refused(journey: Journey, entries: Sequence[Entry]) -> dict[str, str]:
    """Whom erasure or the journey's segment keeps out."""
    wanted = sorted({one.customer for one in entries})
    erased = Customer.objects.filter(pk__in=wanted, erased_at__isnull=False)
    gone = set(erased.values_list("pk", flat=True))
    meant = set(wanted)
    if journey.content.segment and journey.content.trigger:
        rule = journey.content.segment.rule
        meant = set(segments.fitting(rule, wanted, now()).tolist())
    return {
        one.occurrence: GONE if one.customer in gone else UNFIT
        for one in entries
        if one.customer in gone or one.customer not in meant
    }


def _drawn(journey: Journey, people: Mapping[int, str]) -> dict[int, Place]:
    lots = holdouts.lots_of(journey.version.campaign_id, journey.content)
    found = places(journey.content, list(people.values()), journey.version.salt, lots)
    return dict(zip(people, found, strict=True))


def _write(
    journey: Journey, entries: Sequence[Entry], drawn: Mapping[int, Place], lane: int
) -> set[str]:
    again, moment = journey.content.again, now()
    each = [drawn[one.customer] for one in entries]
    with connection.cursor() as cursor:
        cursor.execute(
            ENTER,
            {
                "journey": journey.version.campaign_id,
                "version": journey.version.pk,
                "customers": [one.customer for one in entries],
                "keys": [one.key for one in entries],
                "occurrences": [one.occurrence for one in entries],
                "arms": [one.arm for one in each],
                "propensities": [one.propensity for one in each],
                "held_out": [one.is_held_out for one in each],
                "data": [json.dumps(dict(one.data)) for one in entries],
                "at": [min(one.at, moment) for one in entries],
                "again": again,
                # a span counts from the last entry; the other two need none
                "since": moment if again in (NEVER, EACH) else moment - span(again),
                "now": moment,
                "lane": lane,
                "control": CONTROL,
            },
        )
        return {row[0] for row in cursor.fetchall()}


def _known(journey: int, entries: Sequence[Entry]) -> dict[str, str]:
    """Say why nothing was written: the same entry came before, or another did."""
    columns: list[Any] = [
        [one.customer for one in entries],
        [one.key for one in entries],
        [one.occurrence for one in entries],
    ]
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [*columns, journey])
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    told = dict.fromkeys((one.occurrence for one in entries), INSIDE)
    for occurrence, (is_same, is_inside) in found.items():
        told[occurrence] = "" if is_same else INSIDE if is_inside else BEFORE
    return told
