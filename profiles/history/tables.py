"""The history as of a time: Ibis tables that know nothing of what came later."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from retention_site.lib.clock import now, real_now

from . import engine, integrity, live_rows, manifest
from .manifest import folder
from .refresh import refresh
from .views import Sources, views

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Tables:
    """Six tables as of a time, on a connection of their own. Times are UTC, money is in
    the shop's units.

    events: customer (merged ones resolved), type, happened_at, received_at, item_id,
    order_id, quantity, price, discount, currency, revenue (quantity × price),
    campaign_id, coupon_code, session_id, text, properties (JSON); customers: customer,
    customer_id (the shop's), the attributes, traits (JSON); items; consents:
    statements, newest not picked out; portraits: customer, as_of, traits (JSON), one
    column a trait; scores: customer, kind, horizon_days, value.
    """

    as_of: datetime
    known_at: datetime | None
    connection: engine.Connection = field(repr=False)
    # that each table reads
    files: dict[str, Collection[str]] = field(default_factory=dict, repr=False)

    def run(self, sql: str) -> pa.Table:
        """Run SQL over the six tables by their bare names."""
        self.reopen()
        return self.connection.sql(sql).to_arrow_table()

    def reopen(self) -> None:
        """Read from the files of now where those of before are gone: after a long time,
        replaced ones are removed.
        """
        gone = {
            name
            for name, paths in self.files.items()
            if not all((folder() / path).exists() for path in paths)
        }
        if not gone:
            return
        held = _held()
        for name, query in views(
            self.connection, _sources(held), self.as_of, self.known_at
        ).items():
            if name in gone:
                self.connection.execute(
                    f"CREATE OR REPLACE TEMP VIEW {name} AS {query}"
                )
                self.files[name] = _files(held)[name]

    @cached_property
    def backend(self) -> Any:
        # slow to load, and who only runs SQL or refreshes has no need of it
        import ibis

        return ibis.duckdb.from_connection(self.connection)

    def table(self, name: str) -> ir.Table:
        self.reopen()
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
    """Open the history as it was: rows of before ``as_of`` (now), and of those the ones
    known by ``known_at``.
    """
    held = _held()
    return _opened(
        engine.open_connection(), _sources(held), as_of or now(), known_at, _files(held)
    )


def narrowed(customers: Sequence[int], as_of: datetime | None = None) -> Tables:
    """Open tables of a few customers only, straight from PostgreSQL: as fresh as the
    last commit, in milliseconds.

    ``customers`` are primary keys of those who stand for themselves; what belongs to
    customers merged into them is there too. Items come from the history.
    """
    held = _held()
    connection = engine.open_connection()
    moment = now()
    rows = live_rows.read(customers, now=moment, offset=moment - real_now())
    for name, table in rows.items():
        connection.register(f"few_{name}", table)
    named = {name: f"few_{name}" for name in rows}
    sources = Sources(
        **named,
        items=engine.files([held.snapshots["items"].path]),
        has_merges=len(rows["merges"]) > 0,
    )
    return _opened(connection, sources, as_of or moment, None, {})


def _held() -> manifest.Manifest:
    """The manifest, its files whole: broken ones are made anew first. Raise
    `HistoryDamaged` where that fails.
    """
    held = manifest.load()
    if not held.snapshots or integrity.damaged(held):
        refresh()
        held = manifest.load()
        integrity.check(held)
    return held


def _sources(held: manifest.Manifest) -> Sources:
    small = {
        name: engine.files([snapshot.path]) for name, snapshot in held.snapshots.items()
    }
    events = engine.files(part.path for part in held.parts) if held.parts else None
    return Sources(events, **small, has_merges=held.snapshots["merges"].n > 0)


def _files(held: manifest.Manifest) -> dict[str, Collection[str]]:
    """Which files each table is read from; people who were joined stand in one of their
    own.
    """
    small = {name: snapshot.path for name, snapshot in held.snapshots.items()}
    merges = small["merges"]
    every = {name: {path} for name, path in small.items() if name != "merges"}
    return {
        **every,
        "consents": {small["consents"], merges},
        "events": {merges, *(part.path for part in held.parts)},
    }


def _opened(
    connection: engine.Connection,
    sources: Sources,
    as_of: datetime,
    known_at: datetime | None,
    files: Mapping[str, Collection[str]],
) -> Tables:
    for name, query in views(connection, sources, as_of, known_at).items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")
    return Tables(as_of, known_at, connection, dict(files))
