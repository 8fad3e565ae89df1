"""What is known of each customer at a snapshot, as numbers: only rows of before it, in
set-based scans.

The events are read once, summed up to orders within the stretches between snapshots; a
snapshot adds up what began before it. So no number of a snapshot can know of anything
after it, whatever the tables hold. The words of all this are `expressions`; here each
is put into SQL once and asked for a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from profiles.history import Tables
from profiles.history.dialects import to_sql
from profiles.segments.compiled import at

from . import expressions
from .scope import EVERYTHING, Scope

Floats = npt.NDArray[np.float64]
# whoever never bought is scored like someone long away, not like the usual customer
NEVER_DAYS = 3650.0
# zero, not unknown, for whoever has nothing
COUNTS = ("n_", "spend_", "warm_", "weeks_", "share_")
NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Snapshot:
    """Customers as they were known at a moment: ``values`` is (n, n_features), NaN
    where nothing is known.
    """

    moment: datetime
    customers: npt.NDArray[np.int64]
    names: tuple[str, ...]
    values: Floats

    def column(self, name: str) -> Floats:
        return self.values[:, self.names.index(name)]  # (n,)


class Facts:
    """The orders before ``tables.as_of``, ready for snapshots at the given moments (the
    only ones that can be asked).

    ``scope`` narrows the orders to a category or an item; what is known of customers
    besides stays whole.
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
        # of anything, beside the scope's
        self.touches = self.types if scope.is_all else (*self.types, "purchase")
        self._keep("orders", expressions.orders_of(scope, self.moments))
        self._keep("touches", expressions.touches_of(self.touches))
        self._keep("firsts", expressions.firsts_of())
        self._lost_at: set[datetime] = set()
        self._lost_sql = (
            to_sql(expressions.lost_of(scope, self.moments))
            if tables.has_returns
            else ""
        )

    def snapshot(
        self, moment: datetime, also: npt.NDArray[np.int64] = NOBODY
    ) -> Snapshot:
        """Describe everybody who was known before a moment, and those named besides."""
        # Orders were summed up between the given moments: at another one the sums would
        # hold orders of after it.
        if moment not in self.moments:
            raise ValueError(f"The facts were not cut at {moment.isoformat()}.")
        self.tables.connection.register("score_others", pa.table({"customer": also}))
        self._find_lost(moment)
        rows = self.tables.run(
            at(snapshot_sql(self.touches, self.tables.has_returns), moment)
        )
        customers = rows["customer"].to_numpy().astype(np.int64)
        # one order of rows, whatever DuckDB's threads return: the digest names a
        # version by it
        order = np.argsort(customers)
        names = [name for name in rows.schema.names if name != "customer"]
        values = np.column_stack(
            [rows[name].to_numpy()[order].astype(np.float64) for name in names]
        )
        # no row means nothing happened, which is known: 0; what can't be known stays
        # NaN
        counts = [place for place, name in enumerate(names) if name.startswith(COUNTS)]
        values[:, counts] = np.nan_to_num(values[:, counts])
        recency = values[:, names.index("recency")]
        recency[np.isnan(recency)] = NEVER_DAYS
        return Snapshot(moment, customers[order], tuple(names), values)

    def outcome(self, snapshot: Snapshot, horizon: timedelta) -> tuple[Floats, Floats]:
        """Count the orders and add up the spend of ``[moment, moment + horizon)``:
        (n,), (n,).
        """
        self._find_lost(snapshot.moment + horizon)
        rows = self.tables.run(
            at(outcome_sql(horizon, self.tables.has_returns), snapshot.moment)
        )
        place_of = dict(
            zip(
                snapshot.customers.tolist(), range(len(snapshot.customers)), strict=True
            )
        )
        places = np.array(
            [place_of.get(who, -1) for who in rows["customer"].to_pylist()], np.int64
        )
        found = np.zeros((2, len(snapshot.customers)))
        for row, name in enumerate(("n_orders", "spend")):
            found[row, places[places >= 0]] = (
                rows[name].to_numpy().astype(np.float64)[places >= 0]
            )
        return found[0], found[1]

    def _keep(self, name: str, table: ir.Table) -> None:
        """Compute a table once for all snapshots; it ends with the connection."""
        self.tables.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE score_{name} AS {to_sql(table)}"
        )

    def _find_lost(self, moment: datetime) -> None:
        """Work out once what had come back by a moment, from what had happened by then."""
        if not self._lost_sql or moment in self._lost_at:
            return
        found = at(self._lost_sql, moment)
        into = (
            "INSERT INTO score_lost"
            if self._lost_at
            else "CREATE OR REPLACE TEMP TABLE score_lost AS"
        )
        self.tables.connection.execute(f"{into} {found}")
        self._lost_at.add(moment)

    def _frequent_types(self) -> tuple[str, ...]:
        rows = self.tables.run(
            at(to_sql(expressions.frequent_types()), self.moments[0])
        )
        return tuple(rows["type"].to_pylist())


@lru_cache(maxsize=64)
def snapshot_sql(types: tuple[str, ...], has_returns: bool) -> str:
    """The SQL of a snapshot that counts these types of event besides orders; the moment
    is put in when it is asked.
    """
    return to_sql(expressions.snapshot(types, has_returns=has_returns))


@lru_cache(maxsize=64)
def outcome_sql(horizon: timedelta, has_returns: bool) -> str:
    """The SQL of what came within a horizon."""
    return to_sql(expressions.outcome(horizon, has_returns=has_returns))


def first_event(tables: Tables) -> datetime | None:
    """Return when the first purchase happened; None before it."""
    return tables.run(to_sql(expressions.first_purchase()))["began"][0].as_py()
