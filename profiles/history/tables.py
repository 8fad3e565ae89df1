"""The history as of a time: Ibis tables that know nothing of what came later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from retention_site.lib.clock import now

from . import engine, export, manifest
from .manifest import Manifest
from .portraits import portrait_columns
from .refresh import refresh

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Tables:
    """Six tables as of a time, on a connection of their own. Times are UTC, money is in the shop's units.

    events: customer (merged ones resolved), type, happened_at, received_at, item_id, order_id, quantity, price,
    discount, currency, revenue (quantity × price), campaign_id, coupon_code, session_id, text, properties (JSON);
    customers: customer, customer_id (the shop's), the attributes, traits (JSON); items; consents: statements, newest
    not picked out; portraits: customer, as_of, traits (JSON), one column a trait; scores: customer, kind,
    horizon_days, value.
    """

    as_of: datetime
    known_at: datetime | None
    connection: engine.Connection = field(repr=False)

    def run(self, sql: str) -> pa.Table:
        """Run SQL over the six tables by their bare names."""
        return self.connection.sql(sql).to_arrow_table()

    @cached_property
    def backend(self) -> Any:
        import ibis  # slow to load, and who only runs SQL or refreshes has no need of it

        return ibis.duckdb.from_connection(self.connection)

    def table(self, name: str) -> ir.Table:
        return self.backend.table(name, database=("temp", "main"))

    @property
    def events(self) -> ir.Table:
        return self.table("events")

    @property
    def customers(self) -> ir.Table:
        return self.table("customers")

    @property
    def items(self) -> ir.Table:
        return self.table("items")

    @property
    def consents(self) -> ir.Table:
        return self.table("consents")

    @property
    def portraits(self) -> ir.Table:
        return self.table("portraits")

    @property
    def scores(self) -> ir.Table:
        return self.table("scores")


def tables(as_of: datetime | None = None, known_at: datetime | None = None) -> Tables:
    """Open the history as it was: rows of before ``as_of`` (now), and of those the ones known by ``known_at``."""
    as_of = as_of or now()
    held = manifest.load()
    if not held.snapshots:
        refresh()
        held = manifest.load()
    connection = engine.open_connection()
    for name, query in _views(held, as_of, known_at, connection).items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")
    return Tables(as_of, known_at, connection)


def _views(held: Manifest, as_of: datetime, known_at: datetime | None, connection: engine.Connection) -> dict[str, str]:
    source = {name: engine.files([snapshot.path]) for name, snapshot in held.snapshots.items()}
    portraits = portrait_columns(connection, source["portraits"])
    return {
        "events": _events(held, source) + _where(happened_at=as_of, received_at=known_at),
        "customers": f"SELECT * EXCLUDE (known_at) FROM {source['customers']}"
        + _where(signed_up_at=as_of, known_at=known_at, or_null=True),
        "items": f"SELECT * FROM {source['items']}",
        "consents": f"SELECT * FROM {_with_merges('consents', held, source)}"
        + _where(stated_at=as_of, received_at=known_at),
        "portraits": f"SELECT customer, as_of, traits{portraits} FROM {source['portraits']}" + _until("as_of", as_of),
        "scores": f"SELECT * FROM {source['scores']}" + _until("as_of", as_of),
    }


def _events(held: Manifest, source: dict[str, str]) -> str:
    if not held.parts:
        return _no_events()
    return f"SELECT *, quantity * price AS revenue FROM {_with_merges('events', held, source)}"


def _with_merges(name: str, held: Manifest, source: dict[str, str]) -> str:
    """The rows with their customer as known today: merged ones stand for the customer that they were merged into."""
    rows = source[name] if name != "events" else engine.files(part.path for part in held.parts)
    if not held.snapshots["merges"].n:
        return rows
    return (
        f"(SELECT rows.* REPLACE (coalesce(merges.merged_into, rows.customer) AS customer) "
        f"FROM {rows} AS rows LEFT JOIN {source['merges']} AS merges ON merges.customer = rows.customer)"
    )


def _no_events() -> str:
    columns = [f"NULL::{kind} AS {name}" for name, kind in export.EVENT_TYPES.items()]
    return f"SELECT * FROM (SELECT {', '.join(columns)}, NULL::DOUBLE AS revenue LIMIT 0) AS nothing"


def _where(*, or_null: bool = False, **limits: datetime | None) -> str:
    """Only rows of before the limits: ``happened_at < as_of``, ``received_at <= known_at``."""
    parts = []
    for column, limit in limits.items():
        if limit is not None:
            sign = "<=" if column in ("received_at", "known_at") else "<"
            test = f"{column} {sign} {_moment(limit)}"
            parts.append(f"({column} IS NULL OR {test})" if or_null else test)
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def _until(column: str, limit: datetime | None) -> str:
    return f" WHERE {column} <= {_moment(limit)}" if limit else ""


def _moment(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat()}'"
