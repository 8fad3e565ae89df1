"""How many of some customers each channel reaches, and how many would be written to now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.content import contact_windows
from campaigns.delivery import sql
from campaigns.delivery.limits import caps
from campaigns.planning import holdouts
from campaigns.planning.audiences.candidates import consents_of, with_addresses
from campaigns.stats.allocation.assignment import is_within
from profiles.segments.builder.numbers import Figure
from retention_site.lib import registry

MOST_LOOKED_AT = (
    20_000  # customers; of more every n-th is looked at, and counts are scaled
)
TOPICS = """
    SELECT DISTINCT topic FROM profiles_consent consent
    JOIN profiles_customer customer ON customer.id = consent.customer_id
    WHERE customer.id = ANY(%(customers)s) OR customer.merged_into_id = ANY(%(customers)s)
"""
TAKEN = """
    SELECT customer_id, rule, "window", count(*) FROM campaigns_capslot
    WHERE customer_id = ANY(%(customers)s) AND "window" = ANY(%(spans)s) GROUP BY 1, 2, 3
"""


def figures(customers: Sequence[int], now: datetime) -> list[Figure]:
    """Count who has an address and agreed on some topic, by channel; then who is left
    after the shop's limits and the global holdout. Five queries and one a topic, however
    many customers.
    """
    step = -(-len(customers) // MOST_LOOKED_AT) or 1
    looked_at = list(customers[::step])
    kinds = {
        key: kind
        for key, kind in registry.everything("channels").items()
        if kind.asks_consent
    }
    people = with_addresses(looked_at, "", [kind.reach for kind in kinds.values()])
    agreed = _agreed(looked_at, now)
    open_to = {
        one.pk: [
            key
            for key, has in zip(kinds, one.has, strict=True)
            if has and not one.is_gone and key in agreed.get(one.pk, ())
        ]
        for one in people
    }
    reached = Counter(key for keys in open_to.values() for key in keys)
    held = _held_out([one.external_id for one in people])
    full = _full({one.pk: one.time_zone for one in people}, list(kinds), now)
    n_left = sum(
        not is_held and any((one.pk, key) not in full for key in open_to[one.pk])
        for one, is_held in zip(people, held, strict=True)
    )
    scale, is_about = len(customers) / max(len(looked_at), 1), step > 1
    by_channel = [
        Figure(str(kind.label), round(scale * reached[key]), is_about)
        for key, kind in kinds.items()
    ]
    left = Figure(
        _("After limits and holdout"),
        round(scale * n_left),
        is_about,
        _("by any channel and topic, now"),
    )
    return [*by_channel, left]


def _agreed(customers: list[int], now: datetime) -> dict[int, set[str]]:
    """Return the channels by customer on which a yes holds for one topic at least: a
    segment has no topic, the campaign that uses it brings its own.
    """
    said = [topic for (topic,) in sql.rows(TOPICS, {"customers": customers})]
    agreed: dict[int, set[str]] = defaultdict(set)
    for topic in {"", *said}:
        for customer, channels in consents_of(customers, topic, now).items():
            agreed[customer] |= channels
    return agreed


def _held_out(external_ids: Sequence[str]) -> list[bool]:
    """Say of each whether the global holdout keeps all marketing away."""
    if not settings.GLOBAL_HOLDOUT:
        return [False] * len(external_ids)
    with transaction.atomic():
        drawn = holdouts.holdout()
        transaction.set_rollback(True)  # a launch draws it, the same; a look doesn't
    found = is_within(external_ids, salt=drawn.salt, low=0.0, high=drawn.share)
    return [bool(one) for one in found]


def _full(
    zones: Mapping[int, str], channels: Sequence[str], now: datetime
) -> set[tuple[int, str]]:
    """Return the customers and channels where a limit of the shop, which counts all
    campaigns, is reached.
    """
    limits = {
        each.rule: each.limit
        for each in caps.of_the_shop()
        if not each.limit.campaign_class
    }
    if not limits:
        return set()
    local = {
        zone: now.astimezone(contact_windows.zone_of(zone))
        for zone in set(zones.values())
    }
    spans = {
        (zone, kind): contact_windows.span_of(kind, at)
        for zone, at in local.items()
        for kind in contact_windows.KINDS
    }
    values = {"customers": list(zones), "spans": list(set(spans.values()))}
    return {
        (pk, channel)
        for pk, rule, span, n in sql.rows(TAKEN, values)
        if (limit := limits.get(rule))
        and n >= limit.most
        and span == spans[zones[pk], limit.window]
        for channel in ([limit.channel] if limit.channel else channels)
    }
