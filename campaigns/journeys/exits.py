"""What ends a journey before its last step, and taking people out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q

from campaigns.journeys import event_waits, locks, tokens
from campaigns.journeys.definition import Journey
from campaigns.journeys.event_waits import Asked
from campaigns.journeys.tokens import Move
from campaigns.models import Campaign, JourneyEnrolment, JourneyToken, JourneyWait
from campaigns.planning.audiences import candidates
from profiles import segments
from profiles.models import Customer
from retention_site.lib.clock import now

GOAL, RULE, OPTED_OUT = "goal reached", "left by rule", "opted out"
ERASED, END, REMOVED, STOPPED = "erased", "end", "taken out", "stopped"
MOVED_OUT = "left with another version"

# whoever said no since she entered, and yes on no channel of the journey
OPTED_OUT_SINCE = """
    SELECT asked.enrolment FROM unnest(%(enrolments)s::bigint[], %(customers)s::bigint[],
        %(since)s::timestamptz[]) AS asked (enrolment, customer, since)
    WHERE EXISTS (
        SELECT FROM profiles_consent consent JOIN profiles_customer member ON member.id = consent.customer_id
        WHERE (member.id = asked.customer OR member.merged_into_id = asked.customer)
            AND consent.status = 'withdrawn' AND consent.at > asked.since AND consent.at <= %(now)s
            AND consent.channel = ANY(%(channels)s) AND consent.topic IN ('', %(topic)s)
    )
"""
# what waits to be sent is sent no more; what is on its way can't be called back
CALL_BACK = """
    UPDATE campaigns_message message SET state = 'cancelled', reason = 'left the journey', finished_at = %(now)s
    FROM unnest(%(enrolments)s::bigint[], %(visits)s::int[]) AS gone (enrolment, visits)
    CROSS JOIN LATERAL generate_series(0, gone.visits) AS visit
    WHERE message.dedupe_key = 'journey:' || gone.enrolment || ':' || visit
        AND message.state IN ('planned', 'queued')
"""


def reasons(journey: Journey, moves: Sequence[Move], at: datetime) -> dict[int, str]:
    """Return by enrolment why somebody goes no further."""
    found = dict.fromkeys(_opted_out(journey, moves, at), OPTED_OUT)
    leave = journey.content.leave or {"goal": (), "same": "", "if": None}
    if leave["if"]:
        customers = sorted({one.customer for one in moves})
        unfit = set(segments.fitting(leave["if"], customers, at).tolist())
        found |= {one.enrolment: RULE for one in moves if one.customer in unfit}
    if leave["goal"]:
        asked = [
            Asked(one, leave["goal"], one.entered_at, at, leave["same"])
            for one in moves
        ]
        found |= dict.fromkeys(event_waits.happened(asked), GOAL)
    return found | {one.enrolment: ERASED for one in moves if one.is_erased}


def call_back(moves: Sequence[Move], at: datetime) -> None:
    """Cancel messages of those who left that have not gone yet."""
    if moves:
        _cancel([(one.enrolment, one.visit) for one in moves], at)


@transaction.atomic
def remove(journey: Campaign, customer: Customer) -> int:
    """Take a customer out of a journey for now; return of how many enrolments."""
    locks.alone(journey.pk)
    head = customer.merged_into_id or customer.pk
    inside = JourneyEnrolment.objects.filter(
        Q(customer=head) | Q(customer__merged_into=head), journey=journey, ended_at=None
    )
    return out(list(inside.values_list("pk", flat=True)), REMOVED)


def out(enrolments: Sequence[int], reason: str) -> int:
    """End enrolments under the caller's lock; return how many."""
    standing = JourneyToken.objects.filter(enrolment__in=enrolments)
    visits = list(standing.values_list("enrolment", "visit"))
    JourneyWait.objects.filter(enrolment__in=enrolments).delete()
    standing.delete()
    tokens.end([(one, reason) for one in enrolments], now())
    _cancel(visits, now())
    return len(enrolments)


def everybody_out(journey: Campaign) -> int:
    """End all enrolments of a stopped journey under the caller's lock; return how many."""
    inside = JourneyEnrolment.objects.filter(journey=journey, ended_at=None)
    JourneyWait.objects.filter(enrolment__in=inside).delete()
    JourneyToken.objects.filter(journey=journey).delete()
    return inside.update(ended_at=now(), reason=STOPPED)


def _opted_out(journey: Journey, moves: Sequence[Move], at: datetime) -> list[int]:
    content = journey.content
    channels = {
        channel for one in journey.messages.values() for channel in one.content.channels
    }
    if not content.is_marketing or not channels:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            OPTED_OUT_SINCE,
            {
                "enrolments": [one.enrolment for one in moves],
                "customers": [one.customer for one in moves],
                "since": [one.entered_at for one in moves],
                "now": at,
                "channels": sorted(channels),
                "topic": content.topic,
            },
        )
        said_no = {row[0] for row in cursor.fetchall()}
    asked = [one for one in moves if one.enrolment in said_no]
    agreed = candidates.consents_of([one.customer for one in asked], content.topic, at)
    return [
        one.enrolment
        for one in asked
        if not agreed.get(one.customer, frozenset()) & channels
    ]


def _cancel(visits: Sequence[tuple[int, int]], at: datetime) -> None:
    with connection.cursor() as cursor:
        ids, counts = [one for one, _ in visits], [n for _, n in visits]
        cursor.execute(CALL_BACK, {"now": at, "enrolments": ids, "visits": counts})
