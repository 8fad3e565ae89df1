"""The coupon ledger against its counters."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection

from campaigns.content import shop_rules
from retention_site.lib.clock import now

CENT = Decimal("0.01")

COUNTERS = """
    SELECT pool.name, counted.what, counted.said::text, counted.found::text
    FROM campaigns_couponpool pool
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE closed_at IS NULL OR grant_key NOT LIKE 'shared:%') AS n,
            coalesce(sum(value) FILTER (WHERE closed_at IS NULL), 0) AS worth,
            coalesce(sum(coalesce(discount, least(value, order_value)) - returned)
                FILTER (WHERE redeemed_at IS NOT NULL), 0) AS spent
        FROM campaigns_coupon coupon WHERE coupon.pool_id = pool.id
    ) AS ledger ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(CASE kind WHEN 'redeemed' THEN amount WHEN 'returned' THEN -amount ELSE 0 END), 0) AS spent
        FROM campaigns_couponentry entry JOIN campaigns_coupon coupon ON coupon.id = entry.coupon_id
        WHERE coupon.pool_id = pool.id
    ) AS entries ON true
    CROSS JOIN LATERAL (VALUES
        ('issued', pool.n_issued::numeric, ledger.n::numeric),
        ('committed', pool.committed, ledger.worth),
        ('spent', pool.spent, ledger.spent),
        ('spent by entries', pool.spent, entries.spent)
    ) AS counted (what, said, found)
    WHERE counted.said IS DISTINCT FROM counted.found ORDER BY pool.name, counted.what
"""
# One line a pool.
TOTALS = """
    SELECT pool.name, pool.currency, pool.n_issued, pool.committed, pool.spent, held.reserved, held.redeemed,
        held.expired, coalesce(entries.returned, 0), coalesce(entries.redeemed_money, 0), held.orders
    FROM campaigns_couponpool pool
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE redeemed_at IS NULL AND closed_at IS NULL AND held_until > %(at)s) AS reserved,
            count(redeemed_at) AS redeemed,
            count(*) FILTER (WHERE redeemed_at IS NULL AND grant_key NOT LIKE 'shared:%%'
                AND (closed_at IS NOT NULL OR expires_at <= %(at)s)) AS expired,
            coalesce(sum(order_value) FILTER (WHERE redeemed_at IS NOT NULL), 0) AS orders
        FROM campaigns_coupon coupon WHERE coupon.pool_id = pool.id
    ) AS held ON true
    LEFT JOIN LATERAL (
        SELECT sum(amount) FILTER (WHERE kind = 'returned') AS returned,
            sum(amount) FILTER (WHERE kind = 'redeemed') AS redeemed_money
        FROM campaigns_couponentry entry JOIN campaigns_coupon coupon ON coupon.id = entry.coupon_id
        WHERE coupon.pool_id = pool.id
    ) AS entries ON true
    WHERE %(pool)s::bigint IS NULL OR pool.id = %(pool)s
    ORDER BY pool.name
"""


@dataclass(frozen=True)
class PoolTotals:
    """What became of a pool's coupons, to the cent."""

    pool: str
    currency: str
    issued: int
    committed: Decimal
    cost: Decimal  # of uses, less what refunds gave back
    reserved: int
    redeemed: int
    expired: int
    returned: Decimal
    taken: Decimal  # by uses, refunded ones too
    order_value: Decimal
    margin: Decimal | None = None  # kept of those orders; None: no margin is set

    def as_json(self) -> dict[str, Any]:
        return {
            key: str(value) if isinstance(value, Decimal) else value
            for key, value in asdict(self).items()
        }


def totals(pool: int | None = None) -> list[PoolTotals]:
    """Add up every pool, or one."""
    share = Decimal(str(shop_rules.margin()))
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, {"at": now(), "pool": pool})
        found = [PoolTotals(*row) for row in cursor.fetchall()]
    return [replace(one, margin=_kept(one, share)) for one in found]


def _kept(one: PoolTotals, share: Decimal) -> Decimal | None:
    if not share:
        return None
    return (one.order_value * share - one.cost).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Difference:
    """Two counts that should be one: what was counted, where, what was said and what
    was found.
    """

    check: str
    where: str
    said: str
    found: str


def differences() -> list[Difference]:
    """Return each counter of a pool that its coupons don't bear out."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTERS)
        return [
            Difference(f"coupons {what}", pool, said, found)
            for pool, what, said, found in cursor.fetchall()
        ]


def n_coupons() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM campaigns_coupon")
        return int(cursor.fetchone()[0])
