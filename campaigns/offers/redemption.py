"""A coupon at the till: reserved for an order, redeemed once, released, given back.

A locked row carries every step: the coupon for what happens to it, and with it the pool
for its money. Coupon first, then pool, as everywhere. What happened stands in
`CouponEntry`, one row a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Q

from campaigns.models import Coupon, CouponEntry, CouponPool
from campaigns.offers import coupon_events
from campaigns.offers.codes import as_stored

Kind = CouponEntry.Kind
# Two codes told for one order at the same moment are one after the other.
ONE_AT_A_TIME = (
    "SELECT pg_advisory_xact_lock(hashtextextended('coupon order:' || %s, 0))"
)
HOLD_SECONDS = 15 * 60  # a till that dies keeps a code from others no longer
# One answer for a code that is unknown, used, held or somebody else's: a stranger who
# tries codes learns nothing.
NOT_USABLE = "This code can't be used."


class NotRedeemable(Exception):
    """The till must not take this code: one sentence, and a word that programs can
    compare.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Order:
    """An order at the till."""

    id: str
    value: Decimal | None = None
    customer: int | None = None


@dataclass(frozen=True)
class Redemption:
    """What a till takes off, and whether it was told so before."""

    code: str
    value: Decimal
    currency: str
    order_id: str
    is_repeat: bool


def check(
    code: str, *, order_value: Decimal | None, at: datetime, customer: int | None = None
) -> Coupon:
    """Return the coupon if it may be redeemed now; raise `NotRedeemable` with the
    reason.
    """
    return _checked(_found(code), Order("", order_value, customer), at)


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

    Its money stays committed, as it is from the issue on.
    """
    coupon = _locked(code, order, at)
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
    coupon = _lock(code)
    if coupon is None:
        raise NotRedeemable("unknown", NOT_USABLE)
    if coupon.held_order_id == order_id:
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
    coupon = _lock(code)
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
) -> Redemption:
    """Use a code for one order: the same order may ask again and gets the same answer;
    no other order ever does.

    Raise `NotRedeemable`. What is taken off is at most the order's value.
    """
    if earlier := _redeemed_by(code, order_id):
        return _redemption(earlier, is_repeat=True)
    coupon = _locked(code, Order(order_id, order_value, customer), at)
    if coupon.redeemed_at is not None:
        return _redemption(coupon, is_repeat=True)
    if coupon.entries.filter(order_id=order_id, kind=Kind.RETURNED).exists():
        raise NotRedeemable(
            "returned", f"Order {order_id} was refunded, and gave this code back."
        )
    coupon.redeemed_at, coupon.order_id = at, order_id
    coupon.order_value, coupon.n_uses = order_value, coupon.n_uses + 1
    coupon.held_order_id = coupon.held_until = None
    coupon.save()
    _spend(coupon, coupon.taken_off)
    _write(coupon, Kind.REDEEMED, order_id, at, coupon.taken_off)
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
    coupon = _lock(code)
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
    coupon.returned += amount
    if coupon.returned >= coupon.taken_off:
        coupon.redeemed_at = coupon.order_id = coupon.order_value = None
        coupon.returned = Decimal(0)
    coupon.save()
    _spend(coupon, -amount)
    return amount


def _refunded_before(
    coupon: Coupon, order_id: str, at: datetime, key: str | None
) -> Decimal:
    entries = coupon.entries.filter(order_id=order_id)
    if entries.filter(kind=Kind.RETURNED).exists():
        return Decimal(0)
    _write(coupon, Kind.RETURNED, order_id, at, key=key)
    if coupon.held_order_id == order_id:
        coupon.held_order_id = coupon.held_until = None
        coupon.save(update_fields=["held_order_id", "held_until"])
    return Decimal(0)


def _redeemed_by(code: str, order_id: str) -> Coupon | None:
    return (
        Coupon.objects.select_related("pool")
        .filter(code=as_stored(code), order_id=order_id)
        .first()
    )


def _found(code: str) -> Coupon | None:
    return Coupon.objects.select_related("pool").filter(code=as_stored(code)).first()


def _lock(code: str) -> Coupon | None:
    coupons = Coupon.objects.select_related("pool").select_for_update(of=("self",))
    return coupons.filter(code=as_stored(code)).first()


def _locked(code: str, order: Order, at: datetime) -> Coupon:
    """Lock the code for this order; raise `NotRedeemable` if it can't have it.

    The order's own lock comes first, then the coupon's: all callers keep this order.
    """
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [order.id])
    coupon = _lock(code)
    if coupon is not None and coupon.order_id == order.id:
        return coupon
    coupon = _checked(coupon, order, at)
    must_fit(coupon, order.id)
    return coupon


def _checked(coupon: Coupon | None, order: Order, at: datetime) -> Coupon:
    is_others = (
        coupon is None
        or (order.customer is not None and coupon.customer_id != order.customer)
        or coupon.redeemed_at is not None
        or (
            coupon.held_order_id not in (None, order.id)
            and coupon.held_until is not None
            and coupon.held_until > at
        )
    )
    if coupon is None or is_others:
        raise NotRedeemable("unknown", NOT_USABLE)
    if coupon.expires_at <= at:
        raise NotRedeemable(
            "expired", f"This code was valid until {coupon.expires_at:%Y-%m-%d}."
        )
    if order.value is not None and order.value < coupon.minimum_spend:
        needed = f"{coupon.minimum_spend} {coupon.pool.currency}"
        raise NotRedeemable(
            "minimum_spend", f"This code needs an order of at least {needed}."
        )
    return coupon


def _spend(coupon: Coupon, amount: Decimal) -> None:
    CouponPool.objects.filter(pk=coupon.pool_id).update(spent=F("spent") + amount)


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
    return Redemption(
        coupon.code,
        coupon.taken_off,
        coupon.pool.currency,
        coupon.order_id or "",
        is_repeat,
    )
