"""Issuing coupons: by grant, once each, inside the pool's cap and budget."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from campaigns.models import Coupon, CouponPool
from campaigns.offers import coupon_events, pools
from campaigns.offers.codes import new_code
from campaigns.offers.till_rules import MADE

NO_COUPONS = "coupons used up"
NO_BUDGET = "budget used up"
OVER = "the pool is stopped or over"
# what a till says of a shared code, as the reason why nobody is told of it
SAID = defaultdict(lambda: OVER, used_up=NO_COUPONS)
HAS_HERS = "has as many of the pool as one customer may have"


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
    are never passed. Of codes from a file some that nobody has are given; their money
    was committed as the file came.
    """
    left, money = pools.room(pool)
    issued = Issued(coupons={coupon.grant_key: coupon for coupon in _already(grants)})
    for coupon in issued.coupons.values():
        coupon.pool = pool  # known: nobody asks for it again
    new = [grant for grant in grants if grant.key not in issued.coupons]
    new = _allowed(pool, new, at, issued)
    if pool.codes == CouponPool.Codes.IMPORTED:
        fresh = _from_stock(pool, new, at, issued)
    else:
        terms = _Terms(pool, at, minimum_spend)
        fresh = _made(terms, new, (left, money), issued)
        spent = sum((coupon.value for coupon in fresh), Decimal(0))
        pools.take(pool, len(fresh), spent)
        _write(fresh)
    coupon_events.tell_issued(fresh, pool)
    issued.coupons.update({coupon.grant_key: coupon for coupon in fresh})
    return issued


@dataclass(frozen=True)
class _Terms:
    pool: CouponPool
    at: datetime
    minimum_spend: Decimal

    @property
    def expires_at(self) -> datetime:
        usual = self.at + timedelta(days=self.pool.valid_days)
        return min(usual, self.pool.ends_at or usual)

    def value(self, grant: Grant) -> Decimal:
        """A pool with a value of its own gives that; what a percentage takes off has a
        limit, and only an amount may differ by customer.
        """
        is_by_policy = self.pool.kind == CouponPool.Kind.AMOUNT
        if self.pool.value is None or (is_by_policy and grant.value):
            return grant.value
        return self.pool.value


def _allowed(
    pool: CouponPool, grants: list[Grant], at: datetime, issued: Issued
) -> list[Grant]:
    """Refuse all where the pool is over, and whom has as many as one may have."""
    if pool.stopped_at is not None or (pool.ends_at and pool.ends_at <= at):
        issued.refused.update(dict.fromkeys((one.key for one in grants), OVER))
        return []
    if pool.per_customer is None:
        return grants
    customers = {one.customer for one in grants if one.customer is not None}
    held = Counter(
        Coupon.objects.filter(pool=pool, customer__in=customers, closed_at=None)
        .exclude(grant_key__in=[grant.key for grant in grants])
        .values_list("customer", flat=True)
    )
    allowed = []
    for grant in grants:
        if grant.customer is not None:
            if held[grant.customer] >= pool.per_customer:
                issued.refused[grant.key] = HAS_HERS
                continue
            held[grant.customer] += 1
        allowed.append(grant)
    return allowed


def _made(
    terms: _Terms, grants: Sequence[Grant], room: tuple[int, Decimal], issued: Issued
) -> list[Coupon]:
    left, money = room
    fresh: list[Coupon] = []
    for grant in grants:
        value = terms.value(grant)
        if reason := _refusal(value, left, money):
            issued.refused[grant.key] = reason
            continue
        left, money = left - 1, money - value
        fresh.append(_coupon(terms, grant, value))
    return fresh


TAKE_FROM_STOCK = """
    WITH free AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
            SELECT id FROM campaigns_coupon
            WHERE pool_id = %(pool)s AND grant_key LIKE 'stock:%%' AND customer_id IS NULL
                AND redeemed_at IS NULL AND closed_at IS NULL AND expires_at > %(at)s
                AND (held_until IS NULL OR held_until <= %(at)s)
            ORDER BY id LIMIT %(n)s FOR UPDATE SKIP LOCKED
        ) AS locked
    ), wanted AS (
        SELECT key, customer, row_number() OVER (ORDER BY place) AS place
        FROM unnest(%(keys)s::text[], %(customers)s::bigint[]) WITH ORDINALITY AS w(key, customer, place)
    )
    UPDATE campaigns_coupon coupon
    SET grant_key = wanted.key, customer_id = wanted.customer, issued_at = %(at)s
    FROM free JOIN wanted USING (place) WHERE coupon.id = free.id RETURNING coupon.id
"""


def _from_stock(
    pool: CouponPool, grants: Sequence[Grant], at: datetime, issued: Issued
) -> list[Coupon]:
    asked: dict[str, Any] = {
        "pool": pool.pk,
        "at": at,
        "n": len(grants),
        "keys": [grant.key for grant in grants],
        "customers": [grant.customer for grant in grants],
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE_FROM_STOCK, asked)
        taken = [row[0] for row in cursor.fetchall()]
    found = list(Coupon.objects.filter(pk__in=taken).order_by("pk"))
    for coupon in found:
        coupon.pool = pool
    has = {coupon.grant_key for coupon in found}
    missing = [grant.key for grant in grants if grant.key not in has]
    issued.refused.update(dict.fromkeys(missing, NO_COUPONS))
    return found


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


def _refusal(value: Decimal, left: int, money: Decimal) -> str:
    if left < 1:
        return NO_COUPONS
    return NO_BUDGET if value > money else ""


def _coupon(terms: _Terms, grant: Grant, value: Decimal) -> Coupon:
    return Coupon(
        pool=terms.pool,
        code=new_code(),
        value=value,
        minimum_spend=terms.minimum_spend,
        customer_id=grant.customer,
        grant_key=grant.key,
        issued_at=terms.at,
        expires_at=terms.expires_at,
    )


def make_codes(pool: CouponPool, n: int, *, at: datetime) -> list[Coupon]:
    """Make codes for nobody in particular, for print say; raise `PoolError` where they
    don't all fit.
    """
    if pool.codes != CouponPool.Codes.GENERATED or pool.value is None:
        raise pools.PoolError("codes: this pool makes none by hand.")
    keys = [f"{MADE}{pool.pk}:{secrets.token_hex(8)}" for _place in range(n)]
    grants = [Grant(key, None, pool.value) for key in keys]
    with transaction.atomic():
        issued = issue(pool, grants, at=at)
        if issued.refused:
            reason = next(iter(issued.refused.values()))
            raise pools.PoolError(
                f"{reason}: {len(issued.coupons)} of {n} would fit; none was made."
            )
    return [issued.coupons[key] for key in keys]


EXPIRE = """
    WITH due AS (
        SELECT id, pool_id, value, expires_at FROM campaigns_coupon
        WHERE redeemed_at IS NULL AND closed_at IS NULL AND expires_at <= %(at)s
            AND (held_until IS NULL OR held_until <= %(at)s)
            AND grant_key NOT LIKE 'shared:%%'
        ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED
    ), closed AS (
        UPDATE campaigns_coupon coupon SET closed_at = %(at)s, held_order_id = NULL, held_until = NULL
        FROM due WHERE coupon.id = due.id
    ), entries AS (
        INSERT INTO campaigns_couponentry (coupon_id, kind, order_id, amount, at)
        SELECT id, 'expired', '', value, expires_at FROM due
    ), sums AS (
        SELECT pool_id, sum(value) AS money, count(*) AS n FROM due GROUP BY pool_id
    ), freed AS (
        UPDATE campaigns_couponpool pool SET committed = committed - sums.money
        FROM sums WHERE pool.id = sums.pool_id
    )
    SELECT coalesce(sum(n), 0) FROM sums
"""


def expire(*, at: datetime) -> int:
    """Give the money of codes that nobody used in time back to their pools; return how
    many codes. The codes stay counted.
    """
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(EXPIRE, {"at": at})
            n = int(cursor.fetchone()[0])
        total += n
        if not n:
            return total
