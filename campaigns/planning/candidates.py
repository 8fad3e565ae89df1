"""What decisions look at, for many customers at once: addresses, consents, recent
messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import compress
from typing import Any

from django.db import connection

from campaigns.content.model import Content
from campaigns.delivery.address_mates import opted_out
from campaigns.models import Message
from campaigns.planning.decide import Candidate
from retention_site.lib import registry

WINDOWS = {
    "per_day": timedelta(days=1),
    "per_week": timedelta(days=7),
    "per_month": timedelta(days=30),
}

REACH = """
    SELECT customer.id, customer.external_id, coalesce(customer.traits ->> %(preferred)s, ''),
        customer.erased_at IS NOT NULL OR customer.merged_into_id IS NOT NULL, {reach}
    FROM profiles_customer customer WHERE customer.id = ANY(%(customers)s) ORDER BY customer.id
"""  # {reach}: one expression of each channel that reaches people
CONSENTS = f"""
    WITH person AS (
        SELECT id, id AS owner FROM unnest(%(customers)s::bigint[]) AS asked (id)
        UNION ALL
        SELECT id, merged_into_id FROM profiles_customer WHERE merged_into_id = ANY(%(customers)s)
    )
    SELECT owner, array_agg(channel) FROM (
        SELECT DISTINCT ON (person.owner, consent.channel)
            person.owner, consent.channel, consent.status, consent.at
        FROM person JOIN profiles_consent consent ON consent.customer_id = person.id
        WHERE consent.topic IN ('', %(topic)s) AND (consent.at <= %(now)s OR consent.status = 'withdrawn')
        ORDER BY person.owner, consent.channel, consent.at DESC, (consent.status = 'withdrawn') DESC
    ) newest WHERE status = 'granted' AND NOT {
    opted_out("owner", "channel", "%(topic)s", since="newest.at", now="%(now)s")
} GROUP BY owner
"""  # noqa: S608  what delivery's gate asks of one person, for many at once
RECENT = """
    SELECT message.customer_id,
        count(*) FILTER (WHERE coalesce(message.sent_at, message.planned_at) > %(day)s),
        count(*) FILTER (WHERE coalesce(message.sent_at, message.planned_at) > %(week)s),
        count(*)
    FROM campaigns_message message JOIN campaigns_campaign campaign ON campaign.id = message.campaign_id
    WHERE message.customer_id = ANY(%(customers)s) AND campaign.kind <> 'transactional'
        AND (message.state = ANY(%(live)s) OR (message.state = ANY(%(reached)s) AND message.sent_at > %(month)s))
    GROUP BY message.customer_id
"""


def load(
    customers: Sequence[int], content: Content, now: datetime
) -> tuple[list[Candidate], list[str]]:
    """Return candidates in the order of their keys, and the shop's ids beside them.
    Three queries, however many.
    """
    consents = _consents(customers, content.topic, now)
    recent = _recent(customers, now) if content.limits else {}
    unasked = _channels_that_ask_nobody(content)
    reach = {
        key: kind.reach
        for key, kind in registry.everything("channels").items()
        if kind.asks_consent
    }
    candidates, external_ids = [], []

    @cache
    def addresses(*has: bool) -> frozenset[str]:
        return frozenset(compress(reach, has)) | unasked

    with connection.cursor() as cursor:
        cursor.execute(
            REACH.format(reach=", ".join(reach.values())),
            {"customers": list(customers), "preferred": content.preferred},
        )
        for pk, external_id, preferred, is_erased, *has in cursor:
            candidates.append(
                Candidate(
                    customer=pk,
                    preferred=preferred,
                    addresses=addresses(*has),
                    consents=consents.get(pk, frozenset()) | unasked,
                    n_recent=recent.get(pk, {}),
                    is_erased=is_erased,
                )
            )
            external_ids.append(external_id)
    return candidates, external_ids


def _consents(
    customers: Sequence[int], topic: str, now: datetime
) -> dict[int, frozenset[str]]:
    """Channels by customer to whose newest statement, on this topic or on all, says
    yes; withdrawal wins a tie.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            CONSENTS, {"customers": list(customers), "topic": topic, "now": now}
        )
        return {customer: frozenset(channels) for customer, channels in cursor}


def _recent(customers: Sequence[int], now: datetime) -> dict[int, Mapping[str, int]]:
    values: dict[str, Any] = {
        "customers": list(customers),
        "live": [str(state) for state in Message.LIVE],
        "reached": [str(state) for state in Message.REACHED],
        "day": now - WINDOWS["per_day"],
        "week": now - WINDOWS["per_week"],
        "month": now - WINDOWS["per_month"],
    }
    with connection.cursor() as cursor:
        cursor.execute(RECENT, values)
        return {
            pk: {"per_day": day, "per_week": week, "per_month": month}
            for pk, day, week, month in cursor
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
