"""What was sold, week by week: of the whole shop or of one item. Read from the history,
so it is fetched by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from profiles.models import Item
from retention_site.lib import clock
from retention_site.lib.admin.words import day

WEEKS = 26
WEEK_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Sales:
    """Sums of the last weeks, and revenue by week, the oldest first."""

    revenue: float
    quantity: float
    n_orders: int
    n_customers: int
    weeks: list[tuple[datetime, float]]


def sales(item_id: str | None, as_of: datetime) -> Sales | None:
    """Sum up purchases before ``as_of``; None while there is no history to read."""
    from profiles import history  # brings DuckDB and Ibis: only this card pays for it

    if history.freshness().refreshed_at is None:
        return None
    events = history.tables(as_of=as_of).events
    sold = events.filter(
        events.type == "purchase", events.happened_at >= as_of - timedelta(weeks=WEEKS)
    )
    if item_id is not None:
        sold = sold.filter(sold.item_id == item_id)
    ago = (int(as_of.timestamp()) - sold.happened_at.epoch_seconds()) // WEEK_SECONDS
    by_week = sold.group_by(ago=ago.cast("int64")).aggregate(revenue=sold.revenue.sum())
    whole = sold.aggregate(
        revenue=sold.revenue.sum(),
        quantity=sold.quantity.sum(),
        n_orders=sold.order_id.nunique(),
        n_customers=sold.customer.nunique(),
    )
    revenue = {
        row["ago"]: row["revenue"] or 0.0 for row in by_week.to_pyarrow().to_pylist()
    }
    weeks = [
        (as_of - timedelta(weeks=k + 1), revenue.get(k, 0.0))
        for k in reversed(range(WEEKS))
    ]
    (sums,) = whole.to_pyarrow().to_pylist()
    return Sales(
        sums["revenue"] or 0,
        sums["quantity"] or 0,
        sums["n_orders"],
        sums["n_customers"],
        weeks,
    )


def card(request: HttpRequest) -> HttpResponse:
    """The card that pages fetch once they stand; `?item=` narrows it to one."""
    item = (
        Item.objects.filter(pk=request.GET["item"]).first()
        if request.GET.get("item", "").isdecimal()
        else None
    )
    found = sales(item.external_id if item else None, clock.now())
    return render(
        request,
        "admin/panels/sales.html",
        {
            "sales": found,
            "chart": chart(found),
            "weeks": WEEKS,
            "item": item,
        },
    )


def chart(found: Sales | None) -> dict[str, Any] | None:
    """What charts.js draws: revenue by week."""
    if found is None or not found.n_customers:
        return None
    return {
        "labels": [day(start) for start, _revenue in found.weeks],
        "series": [
            {
                "label": (
                    _("Revenue (%(currency)s)") % {"currency": settings.SHOP_CURRENCY}
                ),
                "values": [round(revenue, 2) for _start, revenue in found.weeks],
            }
        ],
        "height": 170,
    }
