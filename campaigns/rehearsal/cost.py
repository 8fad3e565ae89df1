"""What the coupons of a launch would commit, and what they will likely cost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Sum

from campaigns.content.model import Content
from campaigns.models import Coupon, CouponPool, Message, Run

ENOUGH = 30  # coupons that are over; fewer say nothing of how many are redeemed


def coupons(run: Run, content: Content, scale: float) -> dict[str, Any] | None:
    """Return coupons and face value against the pool, and the expected cost; None
    without an offer.

    How many are redeemed is what earlier coupons of this pool show, else those of the
    whole shop; unknown without any.
    """
    if content.offer is None:
        return None
    pool = CouponPool.objects.get(name=content.offer.pool)
    issued = Coupon.objects.filter(
        pool=pool, grant_key__in=Message.objects.filter(run=run).values("dedupe_key")
    )
    totals = issued.aggregate(n=Count("id"), value=Sum("value"))
    n, value = round(scale * totals["n"]), scale * float(totals["value"] or 0)
    wanted = Message.objects.filter(
        run=run, state=Message.State.QUEUED, arm__in=_with_offer(content)
    )
    short = round(
        scale * wanted.exclude(dedupe_key__in=issued.values("grant_key")).count()
    )
    before = CouponPool(
        n_issued=pool.n_issued - totals["n"],
        committed=pool.committed - (totals["value"] or 0),
    )
    share, source = redeemed_share(pool, run.as_of)
    return {
        "pool": pool.name,
        "currency": pool.currency,
        "coupons": n,
        "left": pool.cap - before.n_issued,
        "value": value,
        "budget_left": float(pool.budget - before.committed),
        "without": short,  # are written to, and get none
        "is_within": (
            not short
            and n <= pool.cap - before.n_issued
            and value <= float(pool.budget - before.committed)
        ),
        "redeemed_share": share,
        "redeemed_as": source,
        "expected_cost": value * share if share is not None else None,
    }


def _with_offer(content: Content) -> list[str]:
    return [arm.name for arm in content.arms if content.offer_of(arm)]


def redeemed_share(pool: CouponPool, at: datetime) -> tuple[float | None, str]:
    """Return which share of coupons that were over by then was redeemed, and whose:
    the pool's, else the shop's; None where too few are known.
    """
    over = Coupon.objects.filter(expires_at__lt=at)
    for coupons, source in ((over.filter(pool=pool), "pool"), (over, "shop")):
        counted = coupons.aggregate(n=Count("id"), redeemed=Count("redeemed_at"))
        if counted["n"] >= ENOUGH:
            return counted["redeemed"] / counted["n"], source
    return None, ""
