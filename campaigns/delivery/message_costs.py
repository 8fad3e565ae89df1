"""What a run's messages came to, by channel: billed units, and their price as it is set
now.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count

from campaigns.delivery.channels.contract import Channel
from campaigns.models import Message, Run
from retention_site.lib import registry


@dataclass(frozen=True)
class ChannelCost:
    """Units of the messages that were handed over; no cost where nobody said what a
    unit costs.
    """

    channel: str
    n: int
    n_units: int
    cost: Decimal | None
    currency: str


def channel_costs(run: Run) -> list[ChannelCost]:
    """Count what a run's messages are billed for as they were sent, for each channel
    that costs something.
    """
    used = (
        Message.objects.filter(run=run, state__in=Message.REACHED)
        .order_by("channel")
        .values_list("channel", flat=True)
        .distinct()
    )
    known = registry.everything("channels")
    found = (_cost(run, known[key]()) for key in used if key in known)
    return [one for one in found if one is not None]


def channel_cost(run: Run, channel: str) -> ChannelCost | None:
    """Return what a run's messages on one channel came to; None where it sent none."""
    return next((one for one in channel_costs(run) if one.channel == channel), None)


def _cost(run: Run, channel: Channel) -> ChannelCost | None:
    """Equal texts are counted once; None where a message costs nothing."""
    if channel.units([]) is None:
        return None
    sent = Message.objects.filter(
        run=run, channel=channel.key, state__in=Message.REACHED
    )
    texts = list(sent.values_list("body").annotate(n=Count("id")).order_by().iterator())
    n_units, price = channel.units(texts) or 0, channel.price()
    return ChannelCost(
        channel=channel.key,
        n=sum(n for _text, n in texts),
        n_units=n_units,
        cost=price.amount * n_units if price else None,
        currency=price.currency if price else "",
    )
