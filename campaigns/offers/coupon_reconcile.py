"""The coupon ledger against its counters."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

COUNTERS = """
    SELECT pool.name, counted.what, counted.said::text, counted.found::text
    FROM campaigns_couponpool pool
    LEFT JOIN LATERAL (
        SELECT count(*) AS n, coalesce(sum(value), 0) AS worth,
            coalesce(sum(least(value, order_value) - returned) FILTER (WHERE redeemed_at IS NOT NULL), 0) AS spent
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
