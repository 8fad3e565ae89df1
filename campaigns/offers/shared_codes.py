"""One code for all: each order that uses it has a coupon of its own, made at that
moment. So its money moves when it is reserved, and comes back when it is let go.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q

from campaigns.models import Coupon, CouponEntry, CouponPool
from campaigns.offers import pools
from campaigns.offers.codes import new_code, spellings
from campaigns.offers.till_rules import SHARED, NotRedeemable, Order, may_be_used

USED_UP = "This code has been used up."
NOT_IN_USE = "This code is no longer in use."


def pool_of(code: str) -> CouponPool | None:
    """Return the pool whose shared code this is, None for other codes."""
    typed = spellings(code)
    found = {
        pool.code_key: pool for pool in CouponPool.objects.filter(code_key__in=typed)
    }
    return next((found[one] for one in typed if one in found), None)


def as_coupon(pool: CouponPool, order: Order, at: datetime) -> Coupon:
    """Return the coupon that an order would get, unsaved."""
    return Coupon(
        pool=pool,
        code=new_code(),
        shown=pool.shared_code,
        value=pool.value or Decimal(0),
        customer_id=order.customer,
        grant_key=key_of(pool, order.id),
        issued_at=at,
        expires_at=pool.ends_at or at,
    )


def key_of(pool: CouponPool, order_id: str) -> str:
    return f"{SHARED}{pool.pk}:{order_id}"


def looked_at(pool: CouponPool, order: Order, at: datetime) -> Coupon:
    """Return what an order would get now; raise `NotRedeemable`."""
    return may_be_used(open_to_all(pool, order, at), order, at)


def open_to_all(pool: CouponPool, order: Order, at: datetime) -> Coupon:
    """Return a use of the code where a till would take it from somebody; raise
    `NotRedeemable`.
    """
    coupon = as_coupon(pool, order, at)
    if pool.stopped_at is not None or coupon.expires_at <= at:
        raise NotRedeemable("expired", NOT_IN_USE)
    if not _has_room(pool):
        raise NotRedeemable("used_up", USED_UP)
    return coupon


def claimed(pool: CouponPool, order: Order, at: datetime) -> Coupon:
    """Return the order's own coupon, locked; make it, and move its money, where it has
    none. The caller holds the order's lock.
    """
    known = find(pool, order.id)
    if known is not None and known.closed_at is None:
        return known
    if pool.stopped_at is not None:
        raise NotRedeemable("expired", NOT_IN_USE)
    coupon = known or as_coupon(pool, order, at)
    coupon.closed_at, coupon.pool = None, pool
    may_be_used(coupon, order, at)
    if not _has_room(pool):
        let_go_late(at=at, pool=pool)
    left, money = pools.room(pool)
    if left < 1 or money < coupon.value:
        raise NotRedeemable("used_up", USED_UP)
    pools.take(pool, 1, coupon.value)
    coupon.save()
    return coupon


def find(pool: CouponPool, order_id: str) -> Coupon | None:
    coupons = Coupon.objects.select_related("pool", "customer").select_for_update(
        of=("self",)
    )
    return coupons.filter(grant_key=key_of(pool, order_id)).first()


def close(coupon: Coupon, at: datetime) -> None:
    """Give a use's place and money back to its pool; the coupon is locked."""
    coupon.closed_at = at
    coupon.held_order_id = coupon.held_until = None
    coupon.save(update_fields=["closed_at", "held_order_id", "held_until"])
    CouponPool.objects.filter(pk=coupon.pool_id).update(
        n_issued=F("n_issued") - 1, committed=F("committed") - coupon.value
    )


def let_go_late(*, at: datetime, pool: CouponPool | None = None) -> int:
    """Let go what a till reserved and never paid: its time is over."""
    late = Coupon.objects.filter(
        Q(held_until__lte=at),
        grant_key__startswith=SHARED,
        redeemed_at=None,
        closed_at=None,
    ).select_for_update(skip_locked=True)
    if pool is not None:
        late = late.filter(pool=pool)
    found = list(late.order_by("pk")[:1000])
    for coupon in found:
        order_id = coupon.held_order_id or ""
        close(coupon, at)
        CouponEntry.objects.create(
            coupon=coupon, kind=CouponEntry.Kind.RELEASED, order_id=order_id, at=at
        )
    return len(found)


def _has_room(pool: CouponPool) -> bool:
    now = CouponPool.objects.only("cap", "n_issued", "budget", "committed").get(
        pk=pool.pk
    )
    value = pool.value or Decimal(0)
    return now.n_issued < now.cap and now.committed + value <= now.budget
