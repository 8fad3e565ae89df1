"""What was sold, week by week: of the whole shop or of one item. Read from the history,
so it is fetched by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import ibis
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from profiles import history
from profiles.history.currencies import seen, without_rate
from profiles.history.functions import at_zone
from profiles.models import Item
from retention_site.lib import clock
from retention_site.lib.admin.words import day

from .kept import kept

if TYPE_CHECKING:
    from profiles.history.currencies import Seen

WEEKS = 26


@dataclass(frozen=True)
class Sales:
    """Sums of the last calendar weeks of the shop, the open one included: money of
    orders placed in them.

    ``net`` is ``gross`` less what came back by now, whenever it did; ``weeks`` are
    Mondays with their net money.
    """

    gross: float
    net: float
    quantity: float
    n_orders: int
    n_customers: int
    weeks: Sequence[tuple[date, float]]
    left_out: Sequence[Seen] = ()

    @property
    def returned(self) -> float:
        return self.gross - self.net


def sales(item_id: str | None, as_of: datetime) -> Sales | None:
    """Sum up sales before ``as_of``; None while there is no history to read."""

    if history.freshness().refreshed_at is None:
        return None
    mondays = _mondays(as_of)
    since = datetime.combine(mondays[0], time(), clock.shop_zone())
    tables = history.tables(as_of=as_of)
    sold = tables.sales.filter(tables.sales.happened_at >= ibis.literal(since))
    if item_id is not None:
        sold = sold.filter(sold.item_id == item_id)
    monday = at_zone(settings.SHOP_TIME_ZONE, sold.happened_at).truncate("W").date()
    by_week = sold.group_by(monday=monday).aggregate(net=sold.revenue.sum())
    whole = sold.aggregate(
        gross=sold.gross.sum().fill_null(0.0),
        net=sold.revenue.sum().fill_null(0.0),
        quantity=sold.quantity.sum().fill_null(0.0),
        n_orders=sold.order_key.nunique(where=sold.is_kept),
        n_customers=sold.customer.nunique(where=sold.is_kept),
    )
    net = {row["monday"]: row["net"] or 0.0 for row in by_week.to_pyarrow().to_pylist()}
    (sums,) = whole.to_pyarrow().to_pylist()
    left_out = without_rate(seen(tables, since=since, item_id=item_id))
    return Sales(
        **sums, weeks=[(one, net.get(one, 0.0)) for one in mondays], left_out=left_out
    )


def card(request: HttpRequest) -> HttpResponse:
    """The card that pages fetch once they stand; `?item=` narrows it to one."""
    item = (
        Item.objects.filter(pk=request.GET["item"]).first()
        if request.GET.get("item", "").isdecimal()
        else None
    )
    sold = item.external_id if item else None
    found = kept(f"sales:{item.pk if item else ''}", lambda: sales(sold, clock.now()))
    return render(
        request,
        "admin/panels/overview/sales.html",
        {
            "sales": found,
            "chart": chart(found),
            "weeks": WEEKS,
            "item": item,
        },
    )


def chart(found: Sales | None) -> dict[str, Any] | None:
    """What charts.js draws: net money by week; the open week is marked."""
    if found is None or not (found.gross or found.n_customers):
        return None
    *closed, (last, _net) = found.weeks
    labels = [
        *(day(monday) for monday, _net in closed),
        _("%(day)s, still open") % {"day": day(last)},
    ]
    return {
        "labels": labels,
        "series": [
            {
                "label": (
                    _("Net sales (%(currency)s)") % {"currency": settings.SHOP_CURRENCY}
                ),
                "values": [round(net, 2) for _monday, net in found.weeks],
            }
        ],
        "height": 170,
    }


def _mondays(as_of: datetime) -> list[date]:
    """The Mondays of the shop's last weeks, the oldest first; the last one began the
    week that is not over.
    """
    today = as_of.astimezone(clock.shop_zone()).date()
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
