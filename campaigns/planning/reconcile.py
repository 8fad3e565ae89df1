"""The books of planning: every customer of an audience has one row, every coupon its
message, every end its time.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from campaigns.offers import coupon_reconcile
from campaigns.offers.coupon_reconcile import Difference
from campaigns.offers.points import statements as points

AUDIENCES = """
    SELECT 'messages of a run', run.key, run.n_audience::text, count(message.id)::text
    FROM campaigns_run run LEFT JOIN campaigns_message message ON message.run_id = run.id
    WHERE run.n_audience IS NOT NULL AND run.state IN ('sending', 'finished')
    GROUP BY run.id HAVING run.n_audience <> count(message.id)
"""
ONE_PER_CUSTOMER = """
    SELECT 'customers of a run', run.key, count(DISTINCT message.customer_id)::text, count(*)::text
    FROM campaigns_message message JOIN campaigns_run run ON run.id = message.run_id
    WHERE starts_with(message.dedupe_key, 'run:')
    GROUP BY run.id HAVING count(DISTINCT message.customer_id) <> count(*)
"""
REASONS = """
    SELECT 'held or ended without a reason', run.key, '0', count(*)::text
    FROM campaigns_message message JOIN campaigns_run run ON run.id = message.run_id
    WHERE message.reason = ''
        AND message.state IN ('held', 'suppressed', 'capped', 'expired', 'erased', 'failed', 'cancelled')
    GROUP BY run.id
"""
OFFERS_WITHOUT_COUPON = """
    SELECT 'offers whose coupon is missing or another', run.key, '0', count(*)::text
    FROM campaigns_message message JOIN campaigns_run run ON run.id = message.run_id
    LEFT JOIN campaigns_coupon coupon ON coupon.grant_key = message.dedupe_key
    WHERE message.offer IS NOT NULL AND message.offer <> 'null'::jsonb AND (
        coupon.id IS NULL OR coalesce(nullif(coupon.shown, ''), coupon.code) <> message.offer ->> 'code'
        OR coupon.value <> (message.offer ->> 'value')::numeric)
        AND NOT EXISTS (SELECT FROM campaigns_couponpool pool
            WHERE pool.codes = 'shared' AND pool.shared_code = message.offer ->> 'code')
    GROUP BY run.id
"""
COUPONS_WITHOUT_OFFER = """
    SELECT 'coupons that no message offers', pool.name, '0', count(*)::text
    FROM campaigns_coupon coupon JOIN campaigns_couponpool pool ON pool.id = coupon.pool_id
    LEFT JOIN campaigns_message message ON message.dedupe_key = coupon.grant_key
    WHERE (starts_with(coupon.grant_key, 'run:') OR starts_with(coupon.grant_key, 'trigger:'))
        AND coupon.customer_id IS NOT NULL
        AND (message.id IS NULL OR message.offer IS NULL OR message.offer ->> 'code' IS DISTINCT FROM
            coalesce(nullif(coupon.shown, ''), coupon.code))
    GROUP BY pool.id
"""
SENT_WITHOUT_ANSWER = """
    SELECT 'sent without an accepted attempt', run.key, '0', count(*)::text
    FROM campaigns_message message JOIN campaigns_run run ON run.id = message.run_id
    WHERE message.state IN ('sent', 'delivered', 'bounced', 'complained') AND NOT EXISTS (
        SELECT FROM campaigns_attempt attempt WHERE attempt.message_id = message.id AND attempt.state = 'accepted')
    GROUP BY run.id
"""
CHECKS = (
    AUDIENCES,
    ONE_PER_CUSTOMER,
    REASONS,
    OFFERS_WITHOUT_COUPON,
    COUPONS_WITHOUT_OFFER,
    SENT_WITHOUT_ANSWER,
)


def reconcile() -> dict[str, Any]:
    """Compare every ledger with its counters; nothing is changed."""
    found = [
        *coupon_reconcile.differences(),
        *points.differences(),
        *(difference for check in CHECKS for difference in _differences(check)),
    ]
    return {
        "coupons": coupon_reconcile.n_coupons(),
        "pools": [one.as_json() for one in coupon_reconcile.totals()],
        "messages": _count("campaigns_message"),
        "runs": _count("campaigns_run"),
        "differences": [
            {
                "check": one.check,
                "where": one.where,
                "said": one.said,
                "found": one.found,
            }
            for one in found
        ],
    }


def _differences(check: str) -> list[Difference]:
    with connection.cursor() as cursor:
        cursor.execute(check)
        return [Difference(*row) for row in cursor.fetchall()]


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  a table of our own
        return int(cursor.fetchone()[0])
