"""A coupon at the till: reserved for an order, redeemed once, released, given back.

A locked row carries every step: the order's own lock first, then the coupon, then the
pool for its money, as everywhere. What happened stands in `CouponEntry`, one row a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from campaigns.models import Coupon, CouponEntry, CouponPool, PointsMovement
from campaigns.offers import coupon_events, shared_codes, till_rules
from campaigns.offers.codes import spellings
from campaigns.offers.points.ledger import Award, Earned, award, take_back
from campaigns.offers.till_rules import (
    NOT_USABLE,
    NotRedeemable,
    Order,
    cost_of,
    may_be_used,
    owner_of,
)
from profiles.models import Customer

Kind = CouponEntry.Kind
# Two codes told for one order at the same moment are one after the other.
ONE_AT_A_TIME = (
    "SELECT pg_advisory_xact_lock(hashtextextended('coupon order:' || %s, 0))"
)
# Two orders of one customer that count how many she has used are, too.
ONE_CUSTOMER_AT_A_TIME = (
    "SELECT pg_advisory_xact_lock(hashtextextended('coupon customer:' || %s, 0))"
)
HOLD_SECONDS = 15 * 60  # a till that dies keeps a code from others no longer
# one statement: the coupon is used, its pool has spent, the entry stands
USE = """
    WITH used AS (
        UPDATE campaigns_coupon SET redeemed_at = %(at)s, order_id = %(order)s, order_value = %(value)s,
            discount = %(cost)s, n_uses = n_uses + 1, held_order_id = NULL, held_until = NULL,
            customer_id = coalesce(customer_id, %(customer)s)
        WHERE id = %(coupon)s RETURNING id, pool_id
    ), spent AS (
        UPDATE campaigns_couponpool pool SET spent = spent + %(cost)s FROM used WHERE pool.id = used.pool_id
    )
    INSERT INTO campaigns_couponentry (coupon_id, kind, order_id, amount, at)
    SELECT id, 'redeemed', %(order)s, %(cost)s, %(at)s FROM used
"""


@dataclass(frozen=True)
class Redemption:
    """What a till takes off, and whether it was told so before."""

    code: str
    value: Decimal
    currency: str
    order_id: str
    is_repeat: bool
    kind: str = till_rules.Kind.AMOUNT
    gift_item: str = ""
    points: int | None = None


def check(
    code: str,
    *,
    order_value: Decimal | None,
    at: datetime,
    customer: int | None = None,
    order: Order | None = None,
) -> Coupon:
    """Return the coupon if it may be redeemed now; raise `NotRedeemable` with the
    reason.
    """
    asked = order or Order("", order_value, customer)
    coupon = _coupons().filter(code__in=spellings(code)).first()
    # asked whatever was found: a code that is there takes no other time
    pool = shared_codes.pool_of(code)
    if coupon is None and pool is not None:
        coupon = shared_codes.looked_at(pool, asked, at)
    else:
        coupon = may_be_used(coupon, asked, at)
    if asked.value is not None and (asked.lines or not coupon.pool.is_limited_to_items):
        cost_of(coupon, asked)
    return coupon


def must_fit(coupon: Coupon, order_id: str) -> None:
    """Raise `NotRedeemable` when an order has a coupon and not all of them go together."""
    others = Coupon.objects.filter(
        Q(order_id=order_id) | Q(held_order_id=order_id)
    ).exclude(pk=coupon.pk)
    if coupon.pool.is_stackable:
        others = others.filter(pool__is_stackable=False)
    if others.exists():
        raise NotRedeemable(
            "order_has_coupon",
            f"Order {order_id} has a coupon already, and only one can be used.",
        )


@transaction.atomic
def reserve(
    code: str, order: Order, *, at: datetime, seconds: int = HOLD_SECONDS
) -> Coupon:
    """Keep a code for one order for a time; asked again, the time begins anew.

    The money of a code that a customer has stays committed, as it is from the issue on;
    that of a shared code is committed now.
    """
    coupon = _locked(code, order, at)
    if coupon.redeemed_at is not None:
        raise NotRedeemable("unknown", NOT_USABLE)
    is_new = coupon.held_order_id != order.id
    coupon.held_order_id, coupon.held_until = order.id, at + timedelta(seconds=seconds)
    coupon.save(update_fields=["held_order_id", "held_until"])
    if is_new:
        _write(coupon, Kind.RESERVED, order.id, at)
    return coupon


@transaction.atomic
def release(code: str, *, order_id: str, at: datetime) -> Coupon:
    """Let a reserved code go; told again, nothing changes. Raise `NotRedeemable` where
    the order never had it.
    """
    coupon = _lock(code, order_id)
    if coupon is None:
        raise NotRedeemable("unknown", NOT_USABLE)
    if coupon.held_order_id == order_id:
        if coupon.pool.is_shared:
            shared_codes.close(coupon, at)
        else:
            coupon.held_order_id = coupon.held_until = None
            coupon.save(update_fields=["held_order_id", "held_until"])
        _write(coupon, Kind.RELEASED, order_id, at)
    elif not coupon.entries.filter(order_id=order_id, kind=Kind.RELEASED).exists():
        raise NotRedeemable("unknown", NOT_USABLE)
    return coupon


@transaction.atomic
def let_go(
    code: str,
    *,
    order_id: str,
    at: datetime,
    amount: Decimal | None = None,
    refund_id: str | None = None,
) -> tuple[Coupon, Decimal | None]:
    """End an order's hold on a code: a reservation is released, what was redeemed is
    given back. Return how much that was, None for a reservation.
    """
    _one_at_a_time(order_id)
    coupon = _lock(code, order_id)
    if coupon is None:
        raise NotRedeemable("unknown", NOT_USABLE)
    had = {entry.kind for entry in coupon.entries.filter(order_id=order_id)}
    if Kind.REDEEMED not in had:
        return release(code, order_id=order_id, at=at), None
    key = f"till:{coupon.pk}:{order_id}:{refund_id}" if refund_id else None
    return coupon, give_back(code, order_id=order_id, at=at, amount=amount, key=key)


@transaction.atomic
def redeem(
    code: str,
    *,
    order_id: str,
    order_value: Decimal,
    at: datetime,
    customer: int | None = None,
    order: Order | None = None,
) -> Redemption:
    """Use a code for one order: the same order may ask again and gets the same answer;
    no other order ever does.

    Raise `NotRedeemable`. What is taken off is at most the order's value.
    """
    order = order or Order(order_id, order_value, customer)
    coupon = _locked(code, order, at)
    if coupon.redeemed_at is not None:
        return _redemption(coupon, is_repeat=True)
    cost = cost_of(coupon, order)
    _give_points(coupon, order, at)
    _use(coupon, order, cost, at)
    coupon_events.tell_redeemed(coupon, coupon.pool)
    return _redemption(coupon, is_repeat=False)


@transaction.atomic
def give_back(
    code: str,
    *,
    order_id: str,
    at: datetime,
    amount: Decimal | None = None,
    key: str | None = None,
) -> Decimal:
    """Give back what a code took off an order, wholly or in part; return how much.

    Given back wholly, the code is its customer's to use again, by another order. A
    refund that comes before its order was redeemed is kept: that order can't redeem
    any more. The key makes a refund told twice one refund.
    """
    _one_at_a_time(order_id)
    coupon = _lock(code, order_id) or _never_used(code, order_id, at)
    if coupon is None:
        raise NotRedeemable("unknown", NOT_USABLE)
    if key and (told := CouponEntry.objects.filter(key=key).first()):
        return told.amount
    if coupon.order_id != order_id:
        return _refunded_before(coupon, order_id, at, key)
    left = coupon.taken_off - coupon.returned
    amount = left if amount is None else min(amount, left)
    if amount <= 0 < left:
        return Decimal(0)
    entry = _write(coupon, Kind.RETURNED, order_id, at, amount, key)
    coupon_events.tell_returned(coupon, coupon.pool, entry)
    _take_points_back(coupon, amount, entry)
    coupon.returned += amount
    if is_whole := coupon.returned >= coupon.taken_off:
        coupon.redeemed_at = coupon.order_id = coupon.order_value = None
        coupon.discount, coupon.returned = None, Decimal(0)
    coupon.save()
    CouponPool.objects.filter(pk=coupon.pool_id).update(spent=F("spent") - amount)
    if is_whole and coupon.pool.is_shared:
        shared_codes.close(coupon, at)
    return amount


def _never_used(code: str, order_id: str, at: datetime) -> Coupon | None:
    """Keep that an order is over which has yet to tell that it used a shared code."""
    pool = shared_codes.pool_of(code)
    if pool is None:
        return None
    coupon = shared_codes.as_coupon(pool, Order(order_id), at)
    coupon.closed_at = at
    coupon.save()
    return coupon


def _refunded_before(
    coupon: Coupon, order_id: str, at: datetime, key: str | None
) -> Decimal:
    entries = coupon.entries.filter(order_id=order_id)
    if entries.filter(kind=Kind.RETURNED).exists():
        return Decimal(0)
    _write(coupon, Kind.RETURNED, order_id, at, key=key)
    if coupon.held_order_id == order_id:
        if coupon.pool.is_shared:
            shared_codes.close(coupon, at)
        else:
            coupon.held_order_id = coupon.held_until = None
            coupon.save(update_fields=["held_order_id", "held_until"])
    return Decimal(0)


def _coupons() -> QuerySet[Coupon]:
    return Coupon.objects.select_related("pool", "customer").order_by("-code")


def _lock(code: str, order_id: str) -> Coupon | None:
    """Lock a code: a coupon, or an order's own use of a shared one."""
    coupons = _coupons().select_for_update(of=("self",))
    found = coupons.filter(code__in=spellings(code)).first()
    pool = shared_codes.pool_of(code) if found is None else None
    return shared_codes.find(pool, order_id) if pool else found


def _locked(code: str, order: Order, at: datetime) -> Coupon:
    """Lock the code for this order; raise `NotRedeemable` if it can't have it.

    The order's own lock comes first, then the coupon's: all callers keep this order.
    """
    _one_at_a_time(order.id)
    coupons = _coupons().select_for_update(of=("self",))
    coupon = coupons.filter(code__in=spellings(code)).first()
    pool = shared_codes.pool_of(code) if coupon is None else None
    if pool is not None:
        _one_customer_at_a_time(pool, order.customer)
        coupon = shared_codes.claimed(pool, order, at)
    if coupon is not None and coupon.order_id == order.id:
        return coupon
    if coupon is not None:
        _one_customer_at_a_time(coupon.pool, order.customer or owner_of(coupon))
    coupon = may_be_used(coupon, order, at)
    must_fit(coupon, order.id)
    if coupon.entries.filter(order_id=order.id, kind=Kind.RETURNED).exists():
        raise NotRedeemable(
            "returned", f"Order {order.id} was refunded, and gave this code back."
        )
    return coupon


def _one_at_a_time(order_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [order_id])


def _one_customer_at_a_time(pool: CouponPool, customer: int | None) -> None:
    if pool.per_customer is not None and customer is not None:
        with connection.cursor() as cursor:
            cursor.execute(ONE_CUSTOMER_AT_A_TIME, [str(customer)])


def _give_points(coupon: Coupon, order: Order, at: datetime) -> None:
    """Award what a coupon of points is worth to whoever ordered."""
    if coupon.pool.kind != till_rules.Kind.POINTS or not coupon.pool.points:
        return
    who = order.customer or owner_of(coupon)
    customer = Customer.objects.filter(pk=who).first() if who else None
    if customer is None:
        raise NotRedeemable(
            "customer_needed", "This code needs a known customer: send customer_id."
        )
    key = _points_key(coupon, order.id)
    given = Award(
        customer,
        coupon.pool.points,
        key,
        note=coupon.said_code,
        earned_by=Earned("", key),
    )
    award(given, at=at)


def _take_points_back(coupon: Coupon, amount: Decimal, entry: CouponEntry) -> None:
    """Take back the share of a coupon's points that a refund is of its cost."""
    key = _points_key(coupon, entry.order_id)
    given = PointsMovement.objects.filter(key=key).select_related("customer").first()
    if given is None or given.customer is None or not coupon.taken_off:
        return
    before, after = (
        int(given.points * back / coupon.taken_off)
        for back in (coupon.returned, coupon.returned + amount)
    )
    if after > before:
        take_back(
            given.customer,
            after - before,
            key=f"{key}:back:{entry.pk}",
            at=entry.at,
            earned=Earned("", key),
        )


def _points_key(coupon: Coupon, order_id: str) -> str:
    return f"coupon:{coupon.pk}:{order_id}"


def _use(coupon: Coupon, order: Order, cost: Decimal, at: datetime) -> None:
    facts: dict[str, Any] = {
        "coupon": coupon.pk,
        "at": at,
        "order": order.id,
        "value": order.value,
        "cost": cost,
        "customer": order.customer,
    }
    with connection.cursor() as cursor:
        cursor.execute(USE, facts)
    coupon.redeemed_at, coupon.order_id, coupon.order_value = at, order.id, order.value
    coupon.discount, coupon.n_uses = cost, coupon.n_uses + 1
    coupon.held_order_id = coupon.held_until = None
    coupon.customer_id = coupon.customer_id or order.customer


def _write(
    coupon: Coupon,
    kind: str,
    order_id: str,
    at: datetime,
    amount: Decimal = Decimal(0),
    key: str | None = None,
) -> CouponEntry:
    return CouponEntry.objects.create(
        coupon=coupon, kind=kind, order_id=order_id, at=at, amount=amount, key=key
    )


def _redemption(coupon: Coupon, *, is_repeat: bool) -> Redemption:
    pool = coupon.pool
    return Redemption(
        coupon.said_code,
        till_rules.taken_off(pool, coupon.taken_off),
        pool.currency,
        coupon.order_id or "",
        is_repeat,
        pool.kind,
        pool.gift_item,
        pool.points,
    )
