"""Orders that were cancelled or refunded give their coupons back, in parts too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import connection

from campaigns.offers.redemption import give_back
from profiles.models import Order

LOOKED_BACK_DAYS = 180
WHOLE = (Order.Status.CANCELLED, Order.Status.VOIDED, Order.Status.REFUNDED)
CHANGED = (*WHOLE, Order.Status.PART_REFUNDED)
# An order is known by source and id, a till knows the id alone: a coupon follows the
# order of its own customer, or the only one of that id.
DUE = """
    WITH used AS (
        SELECT coupon.id, coupon.code, coupon.order_id, coupon.customer_id, coupon.returned,
            coalesce(coupon.discount, least(coupon.value, coupon.order_value)) AS taken_off
        FROM campaigns_coupon coupon
        WHERE coupon.redeemed_at > %(since)s
            AND (%(orders)s::text[] IS NULL OR coupon.order_id = ANY(%(orders)s))
    ), found AS (
        SELECT used.*, o.id AS o_id, o.status, o.ledger,
            count(*) OVER (PARTITION BY used.id) AS n,
            coalesce(person.merged_into_id, person.id)
                = coalesce(hers.merged_into_id, hers.id) AS is_hers
        FROM used JOIN profiles_order o ON o.order_id = used.order_id
        LEFT JOIN profiles_customer person ON person.id = used.customer_id
        LEFT JOIN profiles_customer hers ON hers.id = o.customer_id
    ), shares AS (
        SELECT found.*, CASE WHEN status = ANY(%(whole)s) THEN 1 ELSE (
            SELECT coalesce(-sum(money) FILTER (WHERE money < 0)
                / nullif(sum(money) FILTER (WHERE money > 0), 0), 0)
            FROM (
                SELECT (entry->>3)::numeric * coalesce((entry->>4)::numeric, 0) AS money
                FROM jsonb_array_elements(ledger) entry
            ) entries
        ) END AS share
        FROM found WHERE status = ANY(%(changed)s) AND (is_hers OR n = 1)
    )
    SELECT code, order_id, o_id, round(taken_off * least(share, 1), 2) - returned AS due,
        round(taken_off * least(share, 1), 2) AS target
    FROM shares WHERE round(taken_off * least(share, 1), 2) > returned
    ORDER BY code
"""


def follow(
    *, at: datetime, since: datetime, orders: Sequence[str] | None = None
) -> int:
    """Give back what is due by now, of some orders or of all; return how many coupons
    changed. Asked again, nothing changes.
    """
    asked = {
        "since": since,
        "orders": None if orders is None else list(orders),
        "whole": [status.value for status in WHOLE],
        "changed": [status.value for status in CHANGED],
    }
    with connection.cursor() as cursor:
        cursor.execute(DUE, asked)
        due: list[tuple[str, str, int, Decimal, Decimal]] = cursor.fetchall()
    for code, order_id, order, amount, target in due:
        key = f"order:{order}:{code}:{target}"
        give_back(code, order_id=order_id, at=at, amount=amount, key=key)
    return len(due)
