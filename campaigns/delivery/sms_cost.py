"""What the text messages of a run came to: segments, and their price as it is set now."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count

from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.sms import price_of
from campaigns.models import Message, Run
from campaigns.rendering.sms_segments import segments

CHANNEL = "sms"


@dataclass(frozen=True)
class TextCost:
    """Segments of the texts that were handed over; no cost where nobody said what a
    segment costs.
    """

    n: int
    n_segments: int
    cost: Decimal | None
    currency: str


def text_cost(run: Run) -> TextCost | None:
    """Count the segments of a run's texts as they were sent; None where it sent none.
    Equal texts are counted once.
    """
    sent = Message.objects.filter(run=run, channel=CHANNEL, state__in=Message.REACHED)
    bodies = [
        (body, n)
        for body, n in (
            sent.values_list("body").annotate(n=Count("id")).order_by().iterator()
        )
    ]
    if not bodies:
        return None
    n_segments, price = (
        segments(bodies),
        price_of(provider_settings.carrier(CHANNEL).given),
    )
    cost = price.amount * n_segments if price else None
    return TextCost(
        sum(n for _body, n in bodies), n_segments, cost, price.currency if price else ""
    )
