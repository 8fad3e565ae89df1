"""Issuing coupons: by grant, once each, inside the pool's cap and budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from campaigns.models import Coupon, CouponPool
from campaigns.offers import coupon_events, pools
from campaigns.offers.codes import new_code

NO_COUPONS = "coupons used up"
NO_BUDGET = "budget used up"


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
