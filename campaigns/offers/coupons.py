"""The coupon ledger: issued by grant, once each, inside the pool's cap and budget;
redeemed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F

from campaigns.models import Coupon, CouponPool
from campaigns.offers import coupon_events, pools
from campaigns.offers.codes import as_stored, new_code

NO_COUPONS = "coupons used up"
NO_BUDGET = "budget used up"
# Two codes told for one order at the same moment are one after the other.
ONE_AT_A_TIME = (
    "SELECT pg_advisory_xact_lock(hashtextextended('coupon order:' || %s, 0))"
)


@dataclass(frozen=True)
class Grant:
    """One coupon asked for. The key belongs to a message: asked for again, it gets the
    same code again.
    """

    key: str
    customer: int | None
    value: Decimal


@dataclass(frozen=True)
class Issued:
    """What became of the grants, by key."""

    coupons: dict[str, Coupon] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)  # why


@transaction.atomic
def issue(
    pool: CouponPool,
    grants: Sequence[Grant],
    *,
    at: datetime,
    minimum_spend: Decimal = Decimal(0),
) -> Issued:
    """Give each grant a coupon, in their order, as long as the pool's cap and budget
    last.

    The pool stays locked until the surrounding transaction ends, so that its counters
    are never passed.
    """
    left, money = pools.room(pool)
    issued = Issued(coupons={coupon.grant_key: coupon for coupon in _already(grants)})
    fresh: list[Coupon] = []
    expires_at = at + timedelta(days=pool.valid_days)
    for grant in grants:
        if grant.key in issued.coupons:
            continue
        if reason := _refusal(grant, left, money):
            issued.refused[grant.key] = reason
            continue
        left, money = left - 1, money - grant.value
        fresh.append(_coupon(pool, grant, at, expires_at, minimum_spend))
    pools.take(pool, len(fresh), sum((coupon.value for coupon in fresh), Decimal(0)))
    _write(fresh)
    coupon_events.tell_issued(fresh, pool)
    issued.coupons.update({coupon.grant_key: coupon for coupon in fresh})
    return issued


def _already(grants: Iterable[Grant]) -> Iterable[Coupon]:
    keys = [grant.key for grant in grants]
    return Coupon.objects.raw(
        "SELECT * FROM campaigns_coupon WHERE grant_key = ANY(%s)", [keys]
    )


def _write(coupons: Iterable[Coupon]) -> None:
    names = [
        field.attname for field in Coupon._meta.concrete_fields if not field.primary_key
    ]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY campaigns_coupon ({', '.join(names)}) FROM STDIN") as copy,
    ):
        for coupon in coupons:
            copy.write_row([getattr(coupon, name) for name in names])


def _refusal(grant: Grant, left: int, money: Decimal) -> str:
    if left < 1:
        return NO_COUPONS
    return NO_BUDGET if grant.value > money else ""


def _coupon(
    pool: CouponPool,
    grant: Grant,
    at: datetime,
    expires_at: datetime,
    minimum_spend: Decimal,
) -> Coupon:
    return Coupon(
        pool=pool,
        code=new_code(),
        value=grant.value,
        minimum_spend=minimum_spend,
        customer_id=grant.customer,
        grant_key=grant.key,
        issued_at=at,
        expires_at=expires_at,
    )


class NotRedeemable(Exception):
    """The till must not take this code: one sentence, and a word that programs can
    compare.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


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
    coupon = Coupon.objects.select_related("pool").filter(code=as_stored(code)).first()
    if coupon is None or (customer is not None and coupon.customer_id != customer):
        raise NotRedeemable("unknown", "This code is not known.")
    if coupon.redeemed_at is not None:
        raise NotRedeemable("used", "This code has been used.")
    if coupon.expires_at <= at:
        raise NotRedeemable(
            "expired", f"This code was valid until {coupon.expires_at:%Y-%m-%d}."
        )
    if order_value is not None and order_value < coupon.minimum_spend:
        needed = f"{coupon.minimum_spend} {coupon.pool.currency}"
        raise NotRedeemable(
            "minimum_spend", f"This code needs an order of at least {needed}."
        )
    return coupon


def must_fit(coupon: Coupon, order_id: str) -> None:
    """Raise `NotRedeemable` when an order has a coupon and not all of them go together."""
    others = Coupon.objects.filter(order_id=order_id).exclude(pk=coupon.pk)
    if coupon.pool.is_stackable:
        others = others.filter(pool__is_stackable=False)
    if others.exists():
        raise NotRedeemable(
            "order_has_coupon",
            f"Order {order_id} has a coupon already, and only one can be used.",
        )


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
    if (
        earlier := Coupon.objects.select_related("pool")
        .filter(code=as_stored(code), order_id=order_id)
        .first()
    ):
        return _redemption(earlier, is_repeat=True)
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [order_id])
    coupon = check(code, order_value=order_value, at=at, customer=customer)
    must_fit(coupon, order_id)
    used = Coupon.objects.filter(
        pk=coupon.pk,
        redeemed_at=None,
        expires_at__gt=at,
        minimum_spend__lte=order_value,
    )
    if used.update(redeemed_at=at, order_id=order_id, order_value=order_value) != 1:
        return redeem(
            code, order_id=order_id, order_value=order_value, at=at, customer=customer
        )
    CouponPool.objects.filter(pk=coupon.pool_id).update(
        spent=F("spent") + min(coupon.value, order_value)
    )
    coupon.refresh_from_db()
    coupon_events.tell_redeemed(coupon, coupon.pool)
    return _redemption(coupon, is_repeat=False)


def _redemption(coupon: Coupon, *, is_repeat: bool) -> Redemption:
    taken_off = min(coupon.value, coupon.order_value or coupon.value)
    return Redemption(
        coupon.code, taken_off, coupon.pool.currency, coupon.order_id or "", is_repeat
    )
