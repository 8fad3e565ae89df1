"""The facts behind portraits: three scans of events and sales, whatever the number of
traits.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from zoneinfo import available_timezones

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from profiles.history import Tables
from profiles.history.functions import at_zone, json_text, path_to

DAY_SECONDS = 86_400.0
TASTE_HALF_LIFE_DAYS = 90.0  # what was bought a quarter ago counts half
MESSAGE_TYPES = ("message_sent", "message_opened", "message_clicked", "coupon_redeemed")


@dataclass(frozen=True)
class Facts:
    """What happened before ``as_of``, summed up per customer.

    ``orders``: customer, at, local_at, revenue, discount, n_items, n_lines, days_ago;
    one row an order of which something is left. Money is net, in the shop's currency,
    and unknown where nothing tells it. ``paid``: the same with what is no order: those
    that came back whole, and returns of which no purchase is known. ``tastes``:
    customer, category, brand, weight (spend, halved every 90 days), n_lines.
    ``messages``: customer, campaign, channel, message, days_ago, sent, opened, clicked,
    redeemed (numbers of events); one row a message, and one of no channel for the
    coupons that a customer redeemed in a campaign.
    """

    as_of: datetime
    customers: ir.Table
    orders: ir.Table
    paid: ir.Table
    tastes: ir.Table
    messages: ir.Table
    _kept: dict[str, ir.Table] = field(default_factory=dict, repr=False)

    def kept(self, name: str, make: Callable[["Facts"], ir.Table]) -> ir.Table:
        """Return what several traits start from: computed once, by whoever asks first."""
        if name not in self._kept:
            self._kept[name] = computed(name, make(self))
        return self._kept[name]

    def ask(self, table: ir.Table) -> pa.Table:
        """Return the few rows of a question about the whole shop."""
        return table.to_pyarrow()


def facts_of(tables: Tables, as_of: datetime, shop_zone: str) -> Facts:
    """Gather the facts; each of the three tables is computed once and kept for all
    traits.
    """
    paid = computed("paid", paid_of(tables, as_of, shop_zone))
    return Facts(
        as_of=as_of,
        customers=tables.customers,
        orders=paid.filter(paid.n_lines > 0),
        paid=paid,
        tastes=computed("tastes", tastes_of(tables, as_of)),
        messages=computed("messages", messages_of(tables, as_of)),
    )


def paid_of(tables: Tables, as_of: datetime, shop_zone: str) -> ir.Table:
    """Sum sales up to orders; ``n_lines`` counts those of which something is left."""
    sold = tables.sales
    orders = sold.group_by("customer", "order_key").aggregate(
        at=ibis.coalesce(
            sold.happened_at.min(where=sold.type == "purchase"), sold.happened_at.min()
        ),
        revenue=sold.revenue.cast("float64").sum(),
        discount=sold.discount.cast("float64").sum().fill_null(0.0),
        n_items=sold.quantity.cast("float64").sum().fill_null(0.0),
        n_lines=sold.count(where=sold.is_kept),
    )
    zones = tables.customers.select("customer", zone="time_zone")
    placed = orders.left_join(zones, "customer").drop("customer_right")
    return placed.select(
        "customer",
        "at",
        "revenue",
        "discount",
        "n_items",
        "n_lines",
        local_at=_local(
            placed,
            sorted(available_timezones().intersection(zones_of(tables.customers))),
            shop_zone,
        ),
        days_ago=days_before(as_of, placed.at),
    )


def tastes_of(tables: Tables, as_of: datetime) -> ir.Table:
    """Sum sales up to what was bought: category and brand, the recent ones weighing
    more.
    """
    sold = tables.sales.select(
        "customer", "item_id", "happened_at", "revenue", "is_kept"
    )
    items = tables.items.select("item_id", "category", "brand")
    lines = sold.left_join(items, sold.item_id == items.item_id)
    age = days_before(as_of, lines.happened_at)
    weight = (
        lines.revenue.cast("float64").fill_null(0.0)
        * (-age / TASTE_HALF_LIFE_DAYS * ibis.literal(0.6931471805599453)).exp()
    )
    return lines.group_by("customer", "category", "brand").aggregate(
        weight=weight.sum(), n_lines=lines.count(where=lines.is_kept)
    )


def messages_of(tables: Tables, as_of: datetime) -> ir.Table:
    """Gather what became of each message. A message without a number of its own is that
    of its campaign.
    """
    told = tables.events.filter(tables.events.type.isin(MESSAGE_TYPES))
    told = told.select(
        "customer",
        "type",
        "happened_at",
        campaign=told.campaign_id,
        channel=json_text(told.properties, path_to("channel")),
        message=json_text(told.properties, path_to("message")),
    )
    counts = {
        kind.split("_")[1]: told.count(where=told.type == kind)
        for kind in MESSAGE_TYPES
    }
    days_ago = days_before(as_of, told.happened_at).max()
    return told.group_by("customer", "campaign", "channel", "message").aggregate(
        days_ago=days_ago, **counts
    )


def days_before(as_of: datetime, moment: ir.Value) -> ir.FloatingValue:
    """Days from a moment to ``as_of``."""
    seconds = (
        ibis.literal(as_of.timestamp())
        - cast(ir.TimestampValue, moment).epoch_seconds()
    )
    return cast(ir.FloatingValue, seconds / DAY_SECONDS)


def computed(name: str, table: ir.Table) -> ir.Table:
    """Keep a table for all who read it; it ends with the connection that it was made
    on.
    """
    engine = ibis.get_backend(table)
    engine.raw_sql(
        f"CREATE OR REPLACE TEMP TABLE portrait_{name} AS {engine.compile(table)}"
    )
    return cast(ir.Table, engine.table(f"portrait_{name}", database=("temp", "main")))


def zones_of(customers: ir.Table) -> list[str]:
    """What the customers' records call their zones."""
    return (
        customers.filter(customers.time_zone.notnull())
        .select("time_zone")
        .distinct()
        .to_pyarrow()[0]
        .to_pylist()
    )


def _local(placed: ir.Table, zones: list[str], shop_zone: str) -> ir.TimestampValue:
    """The wall time in the customer's own zone where it is one, else in the shop's."""
    at_shop = at_zone(shop_zone, placed.at)
    # some engines take no column for a zone
    own = [(placed.zone == zone, at_zone(zone, placed.at)) for zone in zones]
    return cast(ir.TimestampValue, ibis.cases(*own, else_=at_shop) if own else at_shop)
