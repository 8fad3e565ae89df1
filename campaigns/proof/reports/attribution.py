"""What a usual dashboard credits to messages. It stands beside the measured effect and
never in its place.
"""

from typing import Any

import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.models import Run, Touchpoint
from campaigns.outcomes.analysis_rows import Evidence

CLICK_DAYS = 5
SENT_DAYS = 5
CREDITED = """
    SELECT count(DISTINCT order_key), coalesce(sum(revenue), 0), count(DISTINCT customer)
    FROM sales WHERE is_kept AND EXISTS (
        SELECT 1 FROM touched WHERE touched.customer = sales.customer
            AND sales.happened_at >= touched.at AND sales.happened_at < touched.at + to_days({days}))
"""
REDEEMED = """
    SELECT count(DISTINCT bought.order_key), coalesce(sum(bought.revenue), 0), count(DISTINCT bought.customer)
    FROM sales AS bought WHERE bought.is_kept AND (bought.customer, bought.order_id) IN (
        SELECT customer, order_id FROM events
        WHERE type = 'coupon_redeemed' AND coupon_code IN (SELECT code FROM codes))
"""


def attributed(run: Run, evidence: Evidence) -> dict[str, Any]:
    """Credit orders to a human click, to a redeemed coupon, and to having been sent
    anything at all.

    Who would have bought anyway is credited too: that is why it is no effect.
    """
    clicked = Touchpoint.objects.filter(
        message__run=run, kind=Touchpoint.Kind.CLICK, is_machine=False
    )
    sent = run.messages.filter(sent_at__isnull=False)
    codes = [
        code
        for code in run.messages.exclude(offer=None).values_list(
            "offer__code", flat=True
        )
        if code
    ]
    return {
        "clicked": _credited(
            evidence,
            list(clicked.values_list("message__customer_id", "at")),
            CLICK_DAYS,
        ),
        "sent": _credited(
            evidence, list(sent.values_list("customer_id", "sent_at")), SENT_DAYS
        ),
        "redeemed": _redeemed(evidence, codes),
        "days": {"clicked": CLICK_DAYS, "sent": SENT_DAYS},
        "currency": settings.SHOP_CURRENCY,
        "warning": _(
            "Credited to the message, not caused by it: customers who would have bought"
            " anyway count too. What it changed is the effect against the control"
            " group."
        ),
    }


def _credited(
    evidence: Evidence, touched: list[tuple[int, Any]], days: int
) -> dict[str, Any]:
    """Each order counts once, however often the customer was touched before it."""
    customers, moments = [one for one, _at in touched], [at for _one, at in touched]
    table = pa.table(
        {
            "customer": pa.array(customers, pa.int64()),
            "at": pa.array(moments, pa.timestamp("us", "UTC")),
        }
    )
    evidence.connection.register("touched", table)
    found = evidence.connection.execute(CREDITED.format(days=days)).fetchall()[0]
    return _counted(*found)


def _redeemed(evidence: Evidence, codes: list[str]) -> dict[str, Any]:
    evidence.connection.register(
        "codes", pa.table({"code": pa.array(codes, pa.string())})
    )
    return _counted(*evidence.connection.execute(REDEEMED).fetchall()[0])


def _counted(orders: int, revenue: float, customers: int) -> dict[str, Any]:
    return {"orders": orders, "revenue": float(revenue), "customers": customers}
