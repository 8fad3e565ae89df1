"""What a replay's offers would have committed, against what their pools have left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from campaigns.content.model import Content, Offer
from campaigns.journey_rehearsal.messages import Planned
from campaigns.models import CouponPool
from campaigns.rehearsal.cost import redeemed_share


def costs(
    planned: Planned, contents: Mapping[int, Content], at: datetime
) -> list[dict[str, Any]]:
    """Return a line for each pool: coupons and money at most, what is left, and the
    likely cost.
    """
    offers = {
        content.offer.pool: content.offer
        for content in contents.values()
        if content.offer
    }
    return [_cost(planned, contents, offer, at) for offer in offers.values()]


def _cost(
    planned: Planned, contents: Mapping[int, Content], offer: Offer, at: datetime
) -> dict[str, Any]:
    given = {
        value: n
        for (place, value), n in planned.offers.items()
        if (own := contents[place].offer) and own.pool == offer.pool
    }
    coupons = planned.scaled(sum(given.values()))
    value = planned.scale * sum(float(worth) * n for worth, n in given.items())
    pool = CouponPool.objects.filter(name=offer.pool).first()
    left = pool.cap - pool.n_issued if pool else offer.cap
    budget_left = float(pool.budget - pool.committed if pool else offer.budget)
    share, source = redeemed_share(pool, at) if pool else (None, "")
    return {
        "pool": offer.pool,
        "currency": offer.currency,
        "coupons": coupons,
        "left": left,
        "value": value,
        "budget_left": budget_left,
        "is_within": coupons <= left and value <= budget_left,
        "redeemed_share": share,
        "redeemed_as": source,
        "expected_cost": value * share if share is not None else None,
    }
