"""What the scores ask of the history, as expressions: the same words for every engine
(decision 15).

Three tables are computed once for all snapshots of a lesson (orders, touches, firsts),
and where anything ever came back a fourth for each moment (lost); a snapshot and its
outcomes are asked of these for one moment. Nothing that begins at or after the moment
asked for is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
from django.conf import settings

from profiles.history.functions import at_zone, seconds
from profiles.history.sales import touched
from profiles.segments import table_schemas
from profiles.segments.table_schemas import AS_OF, MOMENT

from .scope import Scope

SPANS_DAYS = (7, 14, 30, 60, 90, 180)
HALF_LIVES_DAYS = (10, 30, 90)
SHORT, LONG = 30, 90
WEEKS = 13
DAY_SECONDS = 86_400.0
# money and pauses are added up in whole ten-thousandths: the same sum in any order; NaN
# counts 0
FINE = 10_000.0
WARMTH = 1e12  # so are fading counts
TOO_MUCH = 2.0**63  # from here on no whole number of 64 bits
# types of event besides purchases that become features: the most frequent ones
MAX_TOUCHES = 5
WHOLE = dt.Int64(nullable=False)

orders = ibis.table(
    {
        "customer": "int64",
        "order_key": "string",
        "stretch": "int32",
        "at": MOMENT,
        "day": "float64",
        "on": "date",
        "n_lines": "int64",
        "money": "int64",
        "saved": "int64",
    },
    name="score_orders",
)
lost = ibis.table(
    {
        "moment": MOMENT,
        "customer": "int64",
        "order_key": "string",
        "stretch": "int32",
        "n_lines": "int64",
        "money": "int64",
        "saved": "int64",
    },
    name="score_lost",
)
touches = ibis.table(
    {"customer": "int64", "type": "string", "at": MOMENT, "day": "float64"},
    name="score_touches",
)
firsts = ibis.table({"customer": "int64", "began": MOMENT}, name="score_firsts")
others = ibis.table({"customer": "int64"}, name="score_others")


def orders_of(scope: Scope, moments: Sequence[datetime]) -> ir.Table:
    """Sum purchase lines up to orders. An order that lies on both sides of a snapshot
    is cut in two there.
    """
    bought = table_schemas.events.filter(
        table_schemas.events.type == "purchase",
        ~table_schemas.events.quantity.identical_to(0.0),
    )
    if not scope.is_all:
        bought = bought.filter(bought.item_id.isin(scope.items().item_id))
    stretch = _stretch(bought.happened_at, moments)
    summed = bought.group_by("customer", "order_key", stretch=stretch).aggregate(
        at=bought.happened_at.min(),
        n_lines=bought.count(),
        money=_fine(bought.revenue),
        saved=_fine(bought.discount),
    )
    on = cast(ir.TimestampValue, at_zone(settings.SHOP_TIME_ZONE, summed["at"])).date()
    return summed.mutate(day=days(summed["at"]), on=on)[list(orders.columns)]


def lost_of(scope: Scope, moments: Sequence[datetime]) -> ir.Table:
    """What of each order had come back before the moment. Returns of which no purchase
    is known tell nothing of one.
    """
    lines = touched(
        table_schemas.events.filter(table_schemas.events.happened_at < AS_OF)
    )
    lines = lines.filter(lines.type == "purchase")
    if not scope.is_all:
        lines = lines.filter(lines.item_id.isin(scope.items().item_id))
    stretch = _stretch(lines.happened_at, moments)
    summed = lines.group_by("customer", "order_key", stretch=stretch).aggregate(
        n_lines=lines.count(where=~lines.is_kept),
        money=_fine(lines.gross) - _fine(lines.revenue),
        saved=_fine(lines.discount_before) - _fine(lines.discount),
    )
    some = summed.filter(
        (summed.n_lines != 0) | (summed.money != 0) | (summed.saved != 0)
    )
    return some.mutate(moment=AS_OF)[list(lost.columns)]


def touches_of(types: Sequence[str]) -> ir.Table:
    """Every event of the given types."""
    touched = table_schemas.events.filter(table_schemas.events.type.isin(types))
    return touched.select(
        "customer", "type", at=touched.happened_at, day=days(touched.happened_at)
    )


def firsts_of() -> ir.Table:
    """When each customer was first heard of."""
    return table_schemas.events.group_by("customer").aggregate(
        began=table_schemas.events.happened_at.min()
    )


def frequent_types() -> ir.Table:
    """The types of event that come most often before the moment."""
    events = table_schemas.events.filter(
        table_schemas.events.type != "purchase",
        table_schemas.events.happened_at < AS_OF,
    )
    counted = events.group_by("type").aggregate(n=events.count())
    return counted.order_by(ibis.desc("n"), "type").limit(MAX_TOUCHES).select("type")


def first_purchase() -> ir.Table:
    """When the first purchase happened."""
    return table_schemas.events.filter(
        table_schemas.events.type == "purchase"
    ).aggregate(began=table_schemas.events.happened_at.min())


def before(facts: ir.Table) -> ir.Table:
    """Those that began before the moment, with their age in days."""
    return facts.filter(facts["at"] < AS_OF).mutate(age=days(AS_OF) - facts.day)


def netted(some: ir.Table, moment: ir.Value) -> ir.Table:
    """Orders less what had come back of them by a moment; one of which nothing is left
    is none.
    """
    by_then = lost.filter(lost.moment == moment).drop("moment")
    both = some.left_join(
        by_then, ["customer", "order_key", "stretch"], rname="lost_{name}"
    )
    left = both.mutate(
        **{
            name: both[name] - both[f"lost_{name}"].fill_null(0)
            for name in ("n_lines", "money", "saved")
        }
    )
    return left.filter(left.n_lines > 0).select(some.columns)


def days(moment: ir.Value) -> ir.FloatingValue:
    """Days since 1970."""
    return cast(ir.FloatingValue, seconds(moment)) / DAY_SECONDS


def snapshot(types: Sequence[str], *, has_returns: bool = True) -> ir.Table:
    """Every feature of everybody who was known before the moment, in no order: sorting
    numbers is cheaper outside.
    """
    known = _known()
    past = before(orders)
    bought = _with_gaps(netted(past, AS_OF) if has_returns else past)
    habits = bought.group_by("customer").aggregate(**order_columns(bought))
    found = known.left_join(habits, "customer").drop("customer_right")
    if types:
        touched = before(touches)
        seen = touched.group_by("customer").aggregate(**touch_columns(touched, types))
        found = found.left_join(seen, "customer").drop("customer_right")
    return found


def outcome(horizon: timedelta, *, has_returns: bool = True) -> ir.Table:
    """The orders and the spend of each customer from the moment until the horizon is
    over.

    What came back by its end is taken off.
    """
    until = AS_OF + ibis.interval(seconds=round(horizon.total_seconds()))
    came = orders.filter(orders["at"] >= AS_OF, orders["at"] < until)
    came = netted(came, until) if has_returns else came
    return came.group_by("customer").aggregate(
        n_orders=came.count(), spend=came.money.sum() / FINE
    )


def order_columns(past: ir.Table) -> dict[str, ir.Value]:
    """Name each feature of orders and what sums it up; ``age`` is days before the
    moment.
    """
    age, gap = past.age, past.gap
    newest = ibis.struct(
        {"age": age, "money": past.money, "gap": gap, "n_lines": past.n_lines}
    ).min()
    columns = {
        "recency": age.min(),
        "tenure": age.max(),
        "n_orders": past.count(),
        "spend_all": _money(past),
        "basket": _money(past) / past.count(),
        "lines": past.n_lines.sum() / past.count(),
        "basket_max": past.revenue.max(),
        "n_days": past["on"].nunique(),
        "spend_a_day": _money(past) / past["on"].nunique(),
        "share_discount": (
            past.saved.sum() / (past.saved.sum() + past.money.sum()).nullif(0)
        ),
        "gap_mean": _mean_gap(past),
        "gap_sd": (
            ((past.fine_gap * past.fine_gap).sum() / past.fine_gap.count()).sqrt()
            / FINE
        ),
        "gap_median": gap.median(),
        "gap_max": gap.max(),
        "gap_last": newest["gap"],
        "gap_recent": _mean_gap(past, age < LONG),
        "overdue": age.min() / _mean_gap(past).nullif(0),
        "overdue_recent": age.min() / _mean_gap(past, age < LONG).nullif(0),
        "longest_ratio": age.min() / gap.max().nullif(0),
        "weeks_active": (age / 7).floor().nunique(where=age < 7 * WEEKS),
        "weeks_active_recent": (age / 7).floor().nunique(where=age < 35),
        "months_active": (age / 30).floor().nunique(where=age < 180),
        "spend_last": newest["money"] / FINE,
        "lines_last": newest["n_lines"].cast("float64"),
    }
    for days in SPANS_DAYS:
        columns |= {
            f"n_orders_{days}": past.count(where=age < days),
            f"spend_{days}": _money(past, age < days),
        }
    for days in HALF_LIVES_DAYS:
        columns[f"warm_{days}"] = (
            (-age * float(np.log(2) / days)).exp() * WARMTH
        ).round().sum() / WARMTH
    the_month_before = (age >= SHORT) & (age < 2 * SHORT)
    columns |= {
        "n_orders_before": past.count(where=the_month_before),
        "spend_before": _money(past, the_month_before),
    }
    return columns


def touch_columns(touched: ir.Table, types: Sequence[str]) -> dict[str, ir.Value]:
    """The same for other types of event."""
    columns: dict[str, ir.Value] = {}
    for one in types:
        columns[f"n_{one}_{LONG}"] = touched.count(
            where=(touched.type == one) & (touched.age < LONG)
        )
        columns[f"since_{one}"] = cast(
            ir.Column, ibis.cases((touched.type == one, touched.age), else_=None)
        ).min()
    return columns


def everything(
    types: Sequence[str], scope: Scope, moments: Sequence[datetime]
) -> dict[str, ir.Table]:
    """Name all that is asked of the history for scores."""
    return {
        "orders": orders_of(scope, moments),
        "lost": lost_of(scope, moments),
        "touches": touches_of(types),
        "firsts": firsts_of(),
        "frequent types": frequent_types(),
        "first purchase": first_purchase(),
        "items": scope.items(),
        "snapshot": snapshot(types),
        "outcome": outcome(moments[-1] - moments[0]),
    }


def _known() -> ir.Table:
    signed_up = table_schemas.customers.filter(
        table_schemas.customers.signed_up_at < AS_OF
    ).select("customer")
    heard_of = firsts.filter(firsts.began < AS_OF).select("customer")
    return ibis.union(signed_up, heard_of, others, distinct=True)


def _with_gaps(past: ir.Table) -> ir.Table:
    """Orders with the days since the one before."""
    past = past.mutate(revenue=past.money / FINE)
    before_it = past.age.lag().over(
        ibis.window(group_by="customer", order_by=[ibis.desc("age"), "money"])
    )
    paused = past.mutate(fine_gap=((before_it - past.age) * FINE).round())
    return paused.mutate(gap=paused.fine_gap / FINE)


def _stretch(moment: ir.Value, moments: Sequence[datetime]) -> ir.IntegerValue:
    """The number of snapshots that lie at or before an event."""
    passed = [
        (moment >= ibis.literal(one.isoformat()).cast(MOMENT)).cast("int32")
        for one in moments
    ]
    return cast(ir.IntegerValue, reduce(add, passed))


def _fine(amount: ir.Value) -> ir.Value:
    """Add up in whole ten-thousandths; what is no number, or none that can be counted,
    adds nothing.
    """
    scaled = cast(ir.FloatingValue, amount * FINE)
    counted = cast(
        ir.FloatingColumn, ibis.cases((scaled.abs() < TOO_MUCH, scaled), else_=0.0)
    )
    return counted.round().sum().fill_null(0).cast(WHOLE)


def _money(past: ir.Table, test: ir.BooleanValue | None = None) -> ir.Value:
    return past.money.sum(where=test).fill_null(0) / FINE


def _mean_gap(past: ir.Table, test: ir.BooleanValue | None = None) -> ir.Value:
    """Mean pause between orders, in days."""
    return (
        past.fine_gap.sum(where=test) / past.fine_gap.count(where=test).nullif(0) / FINE
    )
