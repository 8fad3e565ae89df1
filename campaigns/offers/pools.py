"""Coupon pools: made and changed by approval only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F

from campaigns.models import Campaign, CouponPool


class PoolError(ValueError):
    """A pool can't be as asked: one sentence, the key first."""


@dataclass(frozen=True)
class Terms:
    """What a pool allows."""

    name: str
    cap: int
    budget: Decimal
    currency: str
    valid_days: int
    is_stackable: bool = False


def settle(terms: Terms, campaign: Campaign) -> CouponPool:
    """Make the pool of a campaign, or change its limits; raise `PoolError` where
    coupons are out beyond them.
    """
    limits = {
        "cap": terms.cap,
        "budget": terms.budget,
        "valid_days": terms.valid_days,
        "is_stackable": terms.is_stackable,
    }
    pool, is_new = CouponPool.objects.get_or_create(
        name=terms.name,
        defaults={"campaign": campaign, "currency": terms.currency, **limits},
    )
    if is_new:
        return pool
    if pool.campaign_id != campaign.pk:
        raise PoolError(
            f"offer.pool: {terms.name!r} belongs to another campaign; choose another"
            " name."
        )
    if pool.currency != terms.currency:
        raise PoolError(
            f"offer.currency: the pool's coupons are in {pool.currency}; name a new"
            " pool."
        )
    try:
        with transaction.atomic():
            CouponPool.objects.filter(pk=pool.pk).update(**limits)
    except IntegrityError:
        pool.refresh_from_db()
        raise PoolError(
            f"offer: {pool.n_issued} coupons worth {pool.committed} {pool.currency} are"
            " out already; cap and budget can't be below that."
        ) from None
    pool.refresh_from_db()
    return pool


def room(pool: CouponPool) -> tuple[int, Decimal]:
    """Lock a pool until the transaction ends; return how many coupons and how much
    money it still has.
    """
    locked = (
        CouponPool.objects.select_for_update()
        .only("cap", "n_issued", "budget", "committed")
        .get(pk=pool.pk)
    )
    return locked.cap - locked.n_issued, locked.budget - locked.committed


def take(pool: CouponPool, n: int, money: Decimal) -> None:
    """Count coupons as issued; the database refuses what a limit forbids, whoever asks."""
    changed = CouponPool.objects.filter(
        pk=pool.pk, cap__gte=F("n_issued") + n, budget__gte=F("committed") + money
    ).update(n_issued=F("n_issued") + n, committed=F("committed") + money)
    if changed != 1:
        raise PoolError(
            f"The pool {pool.name} has no room for {n} coupons worth {money}."
        )
