"""What is counted of a run and not estimated: audience, decisions, states, channels,
offers.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet

from campaigns.delivery.channels.sms import Sms
from campaigns.delivery.message_costs import channel_cost
from campaigns.models import Message, Run

OFFERS = """
    SELECT count(*), count(coupon.redeemed_at),
        coalesce(sum(coalesce(coupon.discount, least(coupon.value, coalesce(coupon.order_value, coupon.value))))
            FILTER (WHERE coupon.redeemed_at IS NOT NULL), 0),
        min(pool.currency)
    FROM campaigns_message message
    JOIN campaigns_coupon coupon ON coupon.grant_key = message.dedupe_key
    JOIN campaigns_couponpool pool ON pool.id = coupon.pool_id
    WHERE message.run_id = ANY(%s)
"""


def facts_of(run: Run) -> dict[str, Any]:
    """Return the counts of a run's report; send and holds sum up to the audience, and
    so do the states.
    """
    messages = Message.objects.filter(run=run)
    n_rows = messages.count()
    return {
        "campaign": run.campaign.name,
        "run": run.pk,
        "version_hash": run.version.hash,
        "audience": {
            "n": n_rows if run.n_audience is None else run.n_audience,
            "hash": run.audience_hash,
        },
        **decided(messages),
        "offers": offers([run.pk]),
        "texts": _texts(run),
    }


def decided(messages: QuerySet[Message]) -> dict[str, Any]:
    """Count messages by decision, state and channel."""
    holds = _counts(messages.filter(state=Message.State.HELD), "reason")
    return {
        "decisions": {"send": messages.count() - sum(holds.values()), "hold": holds},
        "states": _counts(messages, "state"),
        "channels": _channels(messages),
    }


def _counts(messages: QuerySet[Message], field: str) -> dict[str, int]:
    return dict(messages.values_list(field).annotate(n=Count("id")).order_by(field))


def _channels(messages: QuerySet[Message]) -> dict[str, dict[str, int]]:
    """Count by channel: what was handed over is `sent` for ever, whatever its receipt
    said later.
    """
    found: dict[str, dict[str, int]] = {}
    for channel, state, n in (
        messages.exclude(channel="")
        .values_list("channel", "state")
        .annotate(n=Count("id"))
    ):
        counts = found.setdefault(channel, {"sent": 0})
        if state in Message.REACHED:
            counts["sent"] += n
        if state != Message.State.SENT:
            counts[state] = n
    return dict(sorted(found.items()))


def _texts(run: Run) -> dict[str, Any] | None:
    """Segments of text messages and what they cost; None where none was sent."""
    found = channel_cost(run, Sms.key)
    if found is None:
        return None
    cost = None if found.cost is None else float(found.cost)
    return {
        "sent": found.n,
        "segments": found.n_units,
        "cost": cost,
        "currency": found.currency or None,
    }


def offers(runs: Sequence[int]) -> dict[str, Any]:
    """Count the coupons of runs' messages, and what their use cost."""
    with connection.cursor() as cursor:
        cursor.execute(OFFERS, [list(runs)])
        issued, redeemed, cost, currency = cursor.fetchone()
    return {
        "issued": issued,
        "redeemed": redeemed,
        "cost": float(cost),
        "currency": currency or settings.SHOP_CURRENCY,
    }
