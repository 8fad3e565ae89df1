"""What is known of each customer at a snapshot, as numbers: only rows of before it, in set-based scans.

The events are read once, summed up to orders within the stretches between snapshots; a snapshot adds up the stretches
before it. So no number of a snapshot can know of anything after it, whatever the tables hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from profiles.history import Tables

from .scope import EVERYTHING, Scope, literal

Floats = npt.NDArray[np.float64]
SPANS_DAYS = (7, 14, 30, 60, 90, 180)
HALF_LIVES_DAYS = (10, 30, 90)
SHORT, LONG = 30, 90
WEEKS = 13
NEVER_DAYS = 3650.0  # whoever never bought is scored like someone long away, not like the usual customer
FINE = 10_000.0  # money and pauses are added up in whole ten-thousandths: the same sum in any order; NaN counts 0
MAX_TOUCHES = 5  # types of event besides purchases that become features: the most frequent ones

# An order that lies on both sides of a snapshot is cut in two there.
ORDERS = """
    CREATE OR REPLACE TEMP TABLE score_orders AS
    SELECT events.customer, {stretch} AS stretch, epoch(min(happened_at)) / 86400 AS day, count(*) AS n_lines,
        coalesce(sum(try_cast(round(revenue * {fine}) AS BIGINT)), 0)::BIGINT AS money,
        coalesce(sum(try_cast(round(discount * {fine}) AS BIGINT)), 0)::BIGINT AS saved
    FROM events {scope} WHERE type = 'purchase' AND quantity IS DISTINCT FROM 0
    GROUP BY events.customer, stretch, coalesce(order_id, happened_at::VARCHAR)
"""
TOUCHES = """
    CREATE OR REPLACE TEMP TABLE score_touches AS
    SELECT customer, type, {stretch} AS stretch, epoch(happened_at) / 86400 AS day FROM events
    WHERE type IN (SELECT unnest({types}))
"""
TYPES = """
    SELECT type FROM events WHERE type <> 'purchase' AND happened_at < {until}
    GROUP BY type ORDER BY count(*) DESC, type LIMIT {most}
"""
SCOPE = "SEMI JOIN (SELECT item_id FROM items WHERE {test}) AS wanted ON wanted.item_id = events.item_id"
NOBODY = np.zeros(0, np.int64)
FIRSTS = """
    CREATE OR REPLACE TEMP TABLE score_firsts AS
    SELECT customer, min(happened_at) AS began FROM events GROUP BY customer
"""
KNOWN = """
    known AS (
        SELECT customer FROM customers WHERE signed_up_at < {moment}
        UNION SELECT customer FROM score_firsts WHERE began < {moment}
        UNION SELECT customer FROM score_others
    )
"""
FEATURES = """
    WITH {known}, past AS (
        SELECT *, {now} - day AS age, money / {fine} AS revenue FROM score_orders WHERE stretch <= {place}
    ),
    gaps AS (
        SELECT *, lag(age) OVER (PARTITION BY customer ORDER BY age DESC, money) - age AS pause,
            round(pause * {fine})::BIGINT AS fine_gap, fine_gap / {fine} AS gap
        FROM past
    ),
    orders AS (SELECT customer, {columns} FROM gaps GROUP BY customer),
    touches AS (
        SELECT customer {touch_columns} FROM (SELECT *, {now} - day AS age FROM score_touches WHERE stretch <= {place})
        GROUP BY customer
    )
    SELECT known.customer, orders.* EXCLUDE (customer), touches.* EXCLUDE (customer)
    FROM known LEFT JOIN orders USING (customer) LEFT JOIN touches USING (customer) ORDER BY known.customer
"""
OUTCOMES = """
    SELECT customer, count(*) AS n_orders, sum(money) / {fine} AS spend
    FROM score_orders WHERE day >= {now} AND day < {until} GROUP BY customer
"""


@dataclass(frozen=True)
class Snapshot:
    """Customers as they were known at a moment: ``values`` is (n, n_features), NaN where nothing is known."""

    moment: datetime
    customers: npt.NDArray[np.int64]
    names: tuple[str, ...]
    values: Floats

    def column(self, name: str) -> Floats:
        return self.values[:, self.names.index(name)]  # (n,)


class Facts:
    """The orders before ``tables.as_of``, ready for snapshots at the given moments (the only ones that can be asked).

    ``scope`` narrows the orders to a category or an item; what is known of customers besides stays whole.
    """

    def __init__(
        self,
        tables: Tables,
        moments: Sequence[datetime],
        scope: Scope = EVERYTHING,
        types: Sequence[str] | None = None,
    ) -> None:
        self.tables, self.moments = tables, sorted(moments)
        self.types = tuple(types) if types is not None else self._frequent_types()
        narrowed = "" if scope.is_all else SCOPE.format(test=scope.test)
        run = tables.connection.execute
        run(ORDERS.format(fine=FINE, stretch=self._stretch(), scope=narrowed))
        run(FIRSTS)
        self.touches = self.types if scope.is_all else (*self.types, "purchase")  # of anything, beside the scope's
        listed = ", ".join(literal(one) for one in self.touches)
        run(TOUCHES.format(stretch=self._stretch(), types=f"[{listed}]::VARCHAR[]"))

    def snapshot(self, moment: datetime, also: npt.NDArray[np.int64] = NOBODY) -> Snapshot:
        """Describe everybody who was known before a moment, and those named besides."""
        self.tables.connection.register("score_others", pa.table({"customer": also}))
        rows = self.tables.run(self._query(moment))
        names = [name for name in rows.schema.names if name != "customer"]
        values = np.column_stack([rows[name].to_numpy().astype(np.float64) for name in names])
        counts = [place for place, name in enumerate(names) if name.startswith(COUNTS)]
        values[:, counts] = np.nan_to_num(values[:, counts])
        recency = values[:, names.index("recency")]
        recency[np.isnan(recency)] = NEVER_DAYS
        return Snapshot(moment, rows["customer"].to_numpy().astype(np.int64), tuple(names), values)

    def outcome(self, snapshot: Snapshot, horizon: timedelta) -> tuple[Floats, Floats]:
        """Count the orders and add up the spend of ``[moment, moment + horizon)``: (n,), (n,)."""
        until = snapshot.moment + horizon
        rows = self.tables.run(OUTCOMES.format(fine=FINE, now=_days(snapshot.moment), until=_days(until)))
        place_of = dict(zip(snapshot.customers.tolist(), range(len(snapshot.customers)), strict=True))
        places = np.array([place_of.get(who, -1) for who in rows["customer"].to_pylist()], np.int64)
        found = np.zeros((2, len(snapshot.customers)))
        for row, name in enumerate(("n_orders", "spend")):
            found[row, places[places >= 0]] = rows[name].to_numpy().astype(np.float64)[places >= 0]
        return found[0], found[1]

    def _query(self, moment: datetime) -> str:
        columns = ", ".join(f"{formula} AS {_quoted(name)}" for name, formula in order_columns().items())
        touches = "".join(f", {formula} AS {_quoted(name)}" for name, formula in touch_columns(self.touches).items())
        return FEATURES.format(
            fine=FINE,
            known=KNOWN.format(moment=_moment(moment)), now=_days(moment), columns=columns, touch_columns=touches,
            place=self.moments.index(moment),
        )  # fmt: skip

    def _stretch(self) -> str:
        """The number of snapshots that lie at or before an event."""
        return " + ".join(f"(happened_at >= {_moment(moment)})::INTEGER" for moment in self.moments)

    def _frequent_types(self) -> tuple[str, ...]:
        rows = self.tables.run(TYPES.format(until=_moment(self.moments[0]), most=MAX_TOUCHES))
        return tuple(rows["type"].to_pylist())


def first_event(tables: Tables) -> datetime | None:
    """Return when the first purchase happened; None before it."""
    return tables.run("SELECT min(happened_at) AS began FROM events WHERE type = 'purchase'")["began"][0].as_py()


COUNTS = ("n_", "spend_", "warm_", "weeks_", "share_")  # zero, not unknown, for whoever has nothing


def order_columns() -> dict[str, str]:
    """Name each feature of orders and the SQL that sums it up; ``age`` is days before the snapshot."""
    newest = "(min({{'age': age, 'money': money, 'gap': gap}})).{}"
    columns = {
        "recency": "min(age)", "tenure": "max(age)", "n_orders": "count(*)", "spend_all": _money("true"),
        "basket": f"{_money('true')} / count(*)", "lines": "sum(n_lines) / count(*)", "basket_max": "max(revenue)",
        "share_discount": "sum(saved) / nullif(sum(saved) + sum(money), 0)",
        "gap_mean": _mean_gap("true"), "gap_sd": f"sqrt(sum(fine_gap::HUGEINT * fine_gap) / count(fine_gap)) / {FINE}",
        "gap_median": "median(gap)", "gap_max": "max(gap)", "gap_last": newest.format("gap"),
        "gap_recent": _mean_gap(f"age < {LONG}"), "overdue": f"min(age) / nullif({_mean_gap('true')}, 0)",
        "overdue_recent": f"min(age) / nullif({_mean_gap(f'age < {LONG}')}, 0)",
        "longest_ratio": "min(age) / nullif(max(gap), 0)",
        "weeks_active": f"count(DISTINCT floor(age / 7)) FILTER (age < {7 * WEEKS})",
        "weeks_active_recent": "count(DISTINCT floor(age / 7)) FILTER (age < 35)",
        "months_active": "count(DISTINCT floor(age / 30)) FILTER (age < 180)",
        "spend_last": newest.format("money") + f" / {FINE}",
    }  # fmt: skip
    for days in SPANS_DAYS:
        columns |= {f"n_orders_{days}": f"count(*) FILTER (age < {days})", f"spend_{days}": _money(f"age < {days}")}
    for days in HALF_LIVES_DAYS:
        columns[f"warm_{days}"] = f"sum(round(exp(-age * {np.log(2) / days}) * 1e12)::BIGINT) / 1e12"
    before = f"age >= {SHORT} AND age < {2 * SHORT}"
    columns |= {"n_orders_before": f"count(*) FILTER ({before})", "spend_before": _money(before)}
    return columns


def touch_columns(types: Sequence[str]) -> dict[str, str]:
    """The same for other types of event."""
    columns = {}
    for one in types:
        told = literal(one)
        columns[f"n_{one}_{LONG}"] = f"count(*) FILTER (type = {told} AND age < {LONG})"
        columns[f"since_{one}"] = f"min(age) FILTER (type = {told})"
    return columns


def _money(test: str) -> str:
    return f"coalesce(sum(money) FILTER ({test}), 0) / {FINE}"


def _mean_gap(test: str) -> str:
    """Mean pause between orders, in days."""
    return f"sum(fine_gap) FILTER ({test}) / nullif(count(fine_gap) FILTER ({test}), 0) / {FINE}"


def _days(moment: datetime) -> str:
    return repr(moment.timestamp() / 86400)


def _moment(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat()}'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', "") + '"'
