"""The facts behind portraits: three scans of the events, whatever the number of traits."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import available_timezones

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from profiles.history import Tables

DAY_SECONDS = 86_400.0
TASTE_HALF_LIFE_DAYS = 90.0  # what was bought a quarter ago counts half


@dataclass(frozen=True)
class Facts:
    """What happened before ``as_of``, summed up per customer.

    ``orders``: customer, at, local_at, revenue, discount, n_items, days_ago; one row an order.
    ``tastes``: customer, category, brand, weight (spend, halved every 90 days), n_lines.
    ``touches``: customer, type, n, last_days_ago; every type of event that is no order.
    """

    as_of: datetime
    customers: ir.Table
    orders: ir.Table
    tastes: ir.Table
    touches: ir.Table


WALL_TIME = dt.Timestamp()


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.Timestamp(timezone="UTC")), WALL_TIME))
def at_zone(zone: str, moment: datetime) -> datetime:  # type: ignore[empty-body]
    """The wall time of a moment in a zone."""


def facts_of(tables: Tables, as_of: datetime, shop_zone: str) -> Facts:
    """Gather the facts; each of the three tables is computed once and kept for all traits."""
    return Facts(
        as_of=as_of,
        customers=tables.customers,
        orders=_computed("orders", orders_of(tables, as_of, shop_zone)),
        tastes=_computed("tastes", tastes_of(tables, as_of)),
        touches=_computed("touches", touches_of(tables, as_of)),
    )


def orders_of(tables: Tables, as_of: datetime, shop_zone: str) -> ir.Table:
    """Sum purchase lines up to orders; a line without an order id belongs to the order of its moment."""
    bought = tables.events.filter(tables.events.type == "purchase")
    order = ibis.coalesce(bought.order_id, bought.happened_at.cast("string"))
    orders = bought.group_by(bought.customer, order=order).aggregate(
        at=bought.happened_at.min(),
        revenue=bought.revenue.cast("float64").sum().fill_null(0.0),
        discount=bought.discount.cast("float64").sum().fill_null(0.0),
        n_items=bought.quantity.cast("float64").sum().fill_null(0.0),
        n_lines=bought.count(),
    )
    zones = tables.customers.select("customer", zone=_zone(tables.customers, shop_zone))
    placed = orders.left_join(zones, "customer").drop("customer_right")
    return placed.select(
        "customer", "at", "revenue", "discount", "n_items", "n_lines",
        local_at=at_zone(ibis.coalesce(placed.zone, ibis.literal(shop_zone)), placed.at),
        days_ago=days_before(as_of, placed.at),
    )  # fmt: skip


def tastes_of(tables: Tables, as_of: datetime) -> ir.Table:
    """Sum purchase lines up to what was bought: category and brand, the recent ones weighing more."""
    bought = tables.events.filter(tables.events.type == "purchase")
    items = tables.items.select("item_id", "category", "brand")
    lines = bought.left_join(items, bought.item_id == items.item_id)
    age = days_before(as_of, lines.happened_at)
    weight = (
        lines.revenue.cast("float64").fill_null(0.0)
        * (-age / TASTE_HALF_LIFE_DAYS * ibis.literal(0.6931471805599453)).exp()
    )
    return lines.group_by("customer", "category", "brand").aggregate(weight=weight.sum(), n_lines=lines.count())


def touches_of(tables: Tables, as_of: datetime) -> ir.Table:
    """Count everything that is no purchase, by type."""
    others = tables.events.filter(tables.events.type != "purchase")
    return others.group_by("customer", "type").aggregate(
        n=others.count(), last_days_ago=days_before(as_of, others.happened_at).min()
    )


def days_before(as_of: datetime, moment: ir.Value) -> ir.FloatingValue:
    """Days from a moment to ``as_of``."""
    seconds = ibis.literal(as_of.timestamp()) - cast(ir.TimestampValue, moment).epoch_seconds()
    return cast(ir.FloatingValue, seconds / DAY_SECONDS)


def _computed(name: str, table: ir.Table) -> ir.Table:
    """Keep a table for all who read it; it ends with the connection that it was made on."""
    engine = ibis.get_backend(table)
    return cast(ir.Table, engine.create_table(f"portrait_{name}", table, temp=True, overwrite=True))


def _zone(customers: ir.Table, shop_zone: str) -> ir.StringValue:
    """The customer's own zone where it is one, else the shop's."""
    named = customers.select("time_zone").distinct().to_pyarrow()["time_zone"].to_pylist()
    known = sorted({shop_zone, *named} & available_timezones())
    return cast(ir.StringValue, ibis.ifelse(customers.time_zone.isin(known), customers.time_zone, shop_zone))
