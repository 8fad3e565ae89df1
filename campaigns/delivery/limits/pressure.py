"""How much one customer hears from the shop, against the shop's limits, by the
customer's own calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count

from campaigns.content import contact_windows
from campaigns.delivery.limits import caps, contact_limits, contact_pace
from campaigns.models import CapSlot, Message
from profiles.models import Customer
from retention_site.lib.clock import now

DAYS = (1, 7, 30)


@dataclass(frozen=True)
class Pressure:
    """Messages that reached one customer, and how far each limit of the shop is used."""

    by_channel: list[tuple[str, list[int]]]  # channel, messages within each of `DAYS`
    limits: list[
        tuple[str, int, int, str]
    ]  # limit in words, used, at most, why it limits nothing
    is_slower: bool = False  # asked to hear less often


def pressure_of(customer: Customer) -> Pressure:
    """Count what reached a customer, joined ones included."""
    zone = contact_windows.zone_of(customer.time_zone)
    local = now().astimezone(zone)
    used = dict(
        CapSlot.objects.filter(
            customer=customer,
            window__in=[
                contact_windows.span_of(kind, local) for kind in contact_windows.KINDS
            ],
        )
        .values_list("rule")
        .annotate(n=Count("pk"))
    )
    shop = caps.of_the_shop()
    idle = contact_limits.without_effect([each.limit for each in shop])
    limits = [
        (
            str(each.limit),
            used.get(each.rule, 0),
            each.limit.most,
            idle.get(each.limit.pk, ""),
        )
        for each in shop
    ]
    return Pressure(_by_channel(customer), limits, contact_pace.is_slower(customer))


def _by_channel(customer: Customer) -> list[tuple[str, list[int]]]:
    since = now() - timedelta(max(DAYS))
    sent = Message.objects.filter(
        customer__in=customer.own_rows, state__in=Message.REACHED, sent_at__gt=since
    )
    found: dict[str, list[int]] = {}
    for channel, at in sent.values_list("channel", "sent_at"):
        counts = found.setdefault(channel, [0] * len(DAYS))
        for place, days in enumerate(DAYS):
            counts[place] += at is not None and at > now() - timedelta(days)
    return sorted(found.items())
