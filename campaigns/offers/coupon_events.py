"""A coupon given or used is an ordinary event of its customer: segments and features
see it like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from campaigns.customer_events import SOURCE, campaign_id
from campaigns.models import Coupon, CouponEntry, CouponPool
from profiles.intake.ingest import EventIn, ingest


def tell_issued(coupons: Iterable[Coupon], pool: CouponPool) -> None:
    """Record that coupons were given; told twice, each stands once."""
    _tell(coupons, pool, "coupon_issued", "issued_at")


def tell_redeemed(coupon: Coupon, pool: CouponPool) -> None:
    """Record that a coupon was used, and what it took off the order; used again after
    it was given back, it is another event.
    """
    again = f":{coupon.n_uses}" if coupon.n_uses > 1 else ""
    _tell(
        [coupon],
        pool,
        "coupon_redeemed",
        "redeemed_at",
        again=again,
        order_id=coupon.order_id,
        discount=coupon.taken_off,
    )


def tell_returned(coupon: Coupon, pool: CouponPool, entry: CouponEntry) -> None:
    """Record that a refund gave a coupon back, or a part of it."""
    _tell(
        [coupon],
        pool,
        "coupon_returned",
        entry.at,
        again=f":{entry.pk}",
        order_id=entry.order_id,
        discount=entry.amount,
    )


def _tell(
    coupons: Iterable[Coupon],
    pool: CouponPool,
    kind: str,
    moment: str | datetime,
    again: str = "",
    **facts: Any,
) -> None:
    campaign = campaign_id(pool.campaign) if pool.campaign else None
    events = [
        EventIn(
            customer=coupon.customer_id,
            type=kind,
            at=getattr(coupon, moment) if isinstance(moment, str) else moment,
            event_id=f"{kind}:{coupon.code}{again}",
            campaign_id=campaign,
            coupon_code=coupon.said_code,
            properties={
                "pool": pool.name,
                "value": float(coupon.value),
                "currency": pool.currency,
            },
            **facts,
        )
        for coupon in coupons
        if coupon.customer_id is not None
    ]
    if events:
        ingest(events, source=SOURCE)
