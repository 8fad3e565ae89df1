"""What decisions look at, for many customers at once: addresses, consents, recent
messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import compress
from typing import Any, NamedTuple

from django.db import connection

from campaigns.content import contact_windows
from campaigns.content.model import Content
from campaigns.delivery.gating.address_mates import opted_out
from campaigns.models import Message
from campaigns.planning.audiences import silence
from campaigns.planning.decide import Candidate
from profiles.consents.consent_state import hold_for_many
from retention_site.lib import registry

REACH = """
    SELECT customer.id, customer.external_id, coalesce(customer.traits ->> %(preferred)s, ''),
        customer.erased_at IS NOT NULL OR customer.merged_into_id IS NOT NULL, customer.time_zone,
        {reach}
    FROM profiles_customer customer WHERE customer.id = ANY(%(customers)s) ORDER BY customer.id
"""  # {reach}: one expression of each channel that reaches people
CONSENTS = f"""
    SELECT owner, array_agg(channel) FROM (
        {hold_for_many("%(customers)s", "%(topic)s", "%(now)s")}
    ) holds WHERE status = 'granted' AND NOT {
    opted_out("owner", "channel", "%(topic)s", since="holds.at", now="%(now)s")
} GROUP BY owner
"""  # noqa: S608  what delivery's gate asks of one person, for many at once
# A message counts in the window in which it left, or may leave: the gate gives it a
# place there. Joined customers are one person to it.
RECENT = """
    WITH window_of AS (
        SELECT * FROM unnest(%(zones)s::text[], %(day)s::timestamptz[], %(week)s::timestamptz[],
            %(month)s::timestamptz[]) AS window_of (zone, day, week, month)
    ), asked AS (
        SELECT * FROM unnest(%(customers)s::bigint[], %(zone_of)s::text[]) AS asked (id, zone)
    ), person AS (
        SELECT id, id AS owner, zone FROM asked
        UNION ALL
        SELECT member.id, asked.id, asked.zone
        FROM profiles_customer member JOIN asked ON asked.id = member.merged_into_id
        WHERE member.merged_into_id = ANY(%(customers)s)
    )
    SELECT owner, count(*) FILTER (WHERE at >= day), count(*) FILTER (WHERE at >= week),
        count(*) FILTER (WHERE at >= month)
    FROM (
        SELECT person.owner, window_of.*,
            coalesce(message.sent_at, greatest(message.planned_at, message.not_before)) AS at
        FROM person JOIN window_of ON window_of.zone = person.zone
        JOIN campaigns_message message ON message.customer_id = person.id
        JOIN campaigns_campaign campaign ON campaign.id = message.campaign_id
        WHERE campaign.kind <> 'transactional' AND (message.state = ANY(%(live)s)
            OR (message.state = ANY(%(reached)s) AND message.sent_at >= least(week, month)))
    ) counted GROUP BY owner
"""


def load(
    customers: Sequence[int], content: Content, now: datetime
) -> tuple[list[Candidate], list[str]]:
    """Return candidates in the order of their keys, and the shop's ids beside them.
    A few queries, however many.
    """
    reach = {
        key: kind.reach
        for key, kind in registry.everything("channels").items()
        if kind.asks_consent
    }
    people = with_addresses(customers, content.preferred, reach.values())
    consents = consents_of(customers, content.topic, now)
    zones = {one.pk: one.time_zone for one in people}
    recent = _recent(zones, now) if content.limits else {}
    quiet = silence.silent(customers, now) if content.is_marketing else {}
    lots = silence.exempt([one.external_id for one in people]) if quiet else []
    exempt = lots or [False] * len(people)
    unasked = _channels_that_ask_nobody(content)

    @cache
    def addresses(*has: bool) -> frozenset[str]:
        return frozenset(compress(reach, has)) | unasked

    found = [
        Candidate(
            customer=one.pk,
            preferred=one.preferred,
            addresses=addresses(*one.has),
            consents=consents.get(one.pk, frozenset()) | unasked,
            n_recent=recent.get(one.pk, {}),
            is_erased=one.is_gone,
            silence=quiet.get(one.pk, ""),
            is_silent=one.pk in quiet,
            is_exempt=is_exempt,
        )
        for one, is_exempt in zip(people, exempt, strict=True)
    ]
    return found, [one.external_id for one in people]


class _Person(NamedTuple):
    """A row of `REACH`."""

    pk: int
    external_id: str
    preferred: str
    is_gone: bool
    time_zone: str
    has: Sequence[bool]  # an address, by channel


def with_addresses(
    customers: Sequence[int], preferred: str, reach: Iterable[str]
) -> list[_Person]:
    """Return customers with which of some addresses (SQL each) they have."""
    values: dict[str, Any] = {"customers": list(customers), "preferred": preferred}
    with connection.cursor() as cursor:
        cursor.execute(REACH.format(reach=", ".join(reach)), values)
        return [
            _Person(pk, external_id, wished, is_gone, zone, has)
            for pk, external_id, wished, is_gone, zone, *has in cursor
        ]


def consents_of(
    customers: Sequence[int], topic: str, now: datetime
) -> dict[int, frozenset[str]]:
    """Channels by customer on which a yes holds for this topic."""
    with connection.cursor() as cursor:
        cursor.execute(
            CONSENTS, {"customers": list(customers), "topic": topic, "now": now}
        )
        return {customer: frozenset(channels) for customer, channels in cursor}


def _recent(zones: Mapping[int, str], now: datetime) -> dict[int, Mapping[str, int]]:
    """Count messages within each limit's window, by each customer's own calendar;
    ``zones`` are the time zones by customer.
    """
    local = {
        name: now.astimezone(contact_windows.zone_of(name))
        for name in set(zones.values())
    }
    values: dict[str, Any] = {
        "customers": list(zones),
        "zone_of": list(zones.values()),
        "live": [str(state) for state in Message.LIVE],
        "reached": [str(state) for state in Message.REACHED],
        "zones": list(local),
        **{
            kind: [contact_windows.start_of(kind, each) for each in local.values()]
            for kind in contact_windows.KINDS
        },
    }
    with connection.cursor() as cursor:
        cursor.execute(RECENT, values)
        return {
            pk: dict(zip(contact_windows.RULES, counts, strict=True))
            for pk, *counts in cursor
        }


def _channels_that_ask_nobody(content: Content) -> frozenset[str]:
    """Channels that reach a system, not a person: no address of the customer and no
    consent is needed.
    """
    used = {
        channel for arm in content.arms for channel in content.channels_of(arm)
    } & set(registry.keys("channels"))
    return frozenset(
        channel
        for channel in used
        if not registry.load("channels", channel).asks_consent
    )
