"""Cohorts of customers by when they began, and how many of each came back: counted in
the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from profiles import history
from profiles.stats.cohorts import Counts, Retention, known_by, or_later, retention
from retention_site.lib.clock import shop_zone

if TYPE_CHECKING:
    import ibis.expr.types as ir

BOUGHT = "purchase"
DAY_SECONDS = 86_400
WEEK_DAYS = 7
N_PERIODS = 13  # weeks after the beginning, the first one included
MOST_COHORTS = {"month": 13, "week": 20}
# Days after the beginning, from and to but not including.
BRACKETS = ((0, 1), (1, 7), (7, 14), (14, 28), (28, 56), (56, 91), (91, 182))


class Reading(StrEnum):
    """What it means to come back in a period."""

    EXACT = "exact"
    BRACKET = "bracket"
    UNBOUNDED = "unbounded"


@dataclass(frozen=True)
class Cohort:
    """Customers who began in one month or week of the shop; ``is_first`` holds whoever
    was there before the data.
    """

    starts_on: date
    n: int
    is_first: bool = False


@dataclass(frozen=True)
class Cohorts:
    """Cohorts, the oldest first, with their retention; ``periods`` are days after the
    beginning, from and to.
    """

    cohorts: list[Cohort]
    periods: list[tuple[int, int]]
    retention: Retention
    as_of: datetime


def cohorts(reading: Reading, *, by: str, what: str, as_of: datetime) -> Cohorts:
    """Count who came back before ``as_of``.

    ``by`` is month or week; ``what`` the type of event by which customers begin and
    come back, "" any. A day is 24 hours from the customer's own beginning, so that no
    cell depends on the time of day of the first purchase.
    """
    periods = list(BRACKETS) if reading is Reading.BRACKET else _weeks()
    did = _did(history.tables(as_of=as_of), what)
    # The lines of one order are one moment: a tenth of the rows is left, and the events
    # are read once.
    did = (
        did.select("customer", second=did.happened_at.epoch_seconds())
        .distinct()
        .cache()
    )
    first = did.second.min().to_pyarrow().as_py()
    if first is None:
        return Cohorts([], periods, _empty(len(periods)), as_of)
    began = datetime.fromtimestamp(first, shop_zone()).date()
    starts = _starts(began, as_of, by)
    sizes, n_back = _counted(did, starts, periods, reading)
    ends = np.array(
        [_moment(day).timestamp() for day in (*starts[1:], _next(starts[-1], by))]
    )
    known = known_by(
        ends,
        np.array([to * DAY_SECONDS for _from, to in periods], dtype=float),
        as_of.timestamp(),
    )
    found = [
        Cohort(day, int(n), is_first=day <= began)
        for day, n in zip(starts, sizes, strict=True)
    ]
    return Cohorts(found, periods, retention(sizes, n_back, known), as_of)


def _did(tables: history.Tables, what: str) -> ir.Table:
    if what == BOUGHT:
        # an order that came back whole was none
        return tables.sales.filter(tables.sales.is_kept)
    return tables.events.filter(tables.events.type == what) if what else tables.events


def _counted(
    did: ir.Table, starts: list[date], periods: list[tuple[int, int]], reading: Reading
) -> tuple[Counts, Counts]:
    """Return how many began in each cohort, and how many of them came back in each
    period.
    """
    firsts = did.group_by("customer").aggregate(first=did.second.min())
    edges = [int(_moment(day).timestamp()) for day in starts]
    firsts = firsts.mutate(cohort=_bucket(firsts.first, edges)).filter(
        ibis._.cohort >= 0
    )
    sizes = _table(
        firsts.group_by("cohort").aggregate(n=firsts.count()), (len(starts),), "cohort"
    )
    joined = did.join(firsts, "customer")
    days = (joined.second - joined["first"]) // DAY_SECONDS
    edges = [start for start, _end in periods]
    period = _bucket(days.cast("int64"), edges, periods[-1][1])
    came = joined.select("customer", "cohort", period=period)
    if reading is Reading.UNBOUNDED:
        last = came.group_by("customer", "cohort").aggregate(period=came.period.max())
        counted = last.group_by("cohort", "period").aggregate(n=last.count())
        return sizes, or_later(
            _table(counted, (len(starts), len(periods) + 1), "cohort", "period")
        )
    once = came.filter(came.period < len(periods)).distinct()
    counted = once.group_by("cohort", "period").aggregate(n=once.count())
    return sizes, _table(counted, (len(starts), len(periods)), "cohort", "period")


def _bucket(value: Any, edges: list[int], end: int | None = None) -> Any:
    """Return the number of the last edge that a value has reached, -1 before the first,
    one more from ``end`` on.
    """
    limits = edges if end is None else [*edges, end]
    branches = [(value < limit, n - 1) for n, limit in enumerate(limits)]
    return ibis.cases(*branches, else_=len(limits) - 1).cast("int64")


def _table(counted: ir.Table, shape: tuple[int, ...], *names: str) -> Counts:
    found = np.zeros(shape, dtype=np.int64)
    rows = counted.to_pyarrow()
    found[tuple(rows[name].to_numpy() for name in names)] = rows["n"].to_numpy()
    return found


def _starts(first: date, as_of: datetime, by: str) -> list[date]:
    """Return the first days of the newest cohorts, the oldest first."""
    day = (
        first.replace(day=1)
        if by == "month"
        else first - timedelta(days=first.weekday())
    )
    starts = [day]
    while _moment(day := _next(day, by)) < as_of:
        starts.append(day)
    return starts[-MOST_COHORTS[by] :]


def _next(day: date, by: str) -> date:
    return (
        (day + timedelta(days=32)).replace(day=1)
        if by == "month"
        else day + timedelta(days=WEEK_DAYS)
    )


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), shop_zone())


def _weeks() -> list[tuple[int, int]]:
    return [(WEEK_DAYS * n, WEEK_DAYS * (n + 1)) for n in range(N_PERIODS)]


def _empty(n_periods: int) -> Retention:
    return retention(
        np.zeros(0, np.int64),
        np.zeros((0, n_periods), np.int64),
        np.zeros((0, n_periods), bool),
    )
