"""The history as of a time: Ibis tables that know nothing of what came later."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.conf import settings

from retention_site.lib.clock import now, real_now

from . import engine, integrity, live_rows, manifest, parts, shared_files
from .manifest import folder
from .refresh import refresh
from .views import Sources, views

if TYPE_CHECKING:
    import ibis.expr.types as ir

LOOKS = 2  # another host may have replaced what the first one named


@dataclass(frozen=True)
class Tables:
    """Seven tables as of a time, on a connection of their own. Times are UTC, money is
    in the shop's units.

    events: customer (merged ones resolved), type, happened_at, received_at, source,
    item_id, order_id, quantity, price (in ``currency``), currency, discount and revenue
    (quantity × price; both in the shop's currency, unknown where no rate is),
    campaign_id, coupon_code, session_id, text, properties (JSON), order_key (one an
    order); sales: purchases less what came back of them, with the columns of events,
    ``gross`` and ``is_kept`` (`sales.sales`); customers: customer, customer_id (the
    shop's), the attributes, traits (JSON); items; consents: statements, newest not
    picked out; portraits: customer, as_of, traits (JSON), one column a trait; scores:
    customer, kind, horizon_days, value.
    """

    as_of: datetime
    known_at: datetime | None
    connection: engine.Connection = field(repr=False)
    # that each table reads
    files: dict[str, Collection[str]] = field(default_factory=dict, repr=False)
    has_returns: bool = False  # else sales are the purchases as they are
    # in which amounts stand besides the shop's own
    currencies: frozenset[str] = frozenset()

    def run(self, sql: str) -> pa.Table:
        """Run SQL over the tables by their bare names."""
        self.reopen()
        return self.connection.sql(sql).to_arrow_table()

    def reopen(self) -> None:
        """Read from the files of now where those of before are gone: after a long time,
        replaced ones are removed.
        """
        home = str(folder())
        paths = {path for some in self.files.values() for path in some}
        missing = {path for path in paths if not os.path.exists(f"{home}/{path}")}  # noqa: PTH110  hundreds at each query
        if not missing:
            return
        gone = {
            name for name, some in self.files.items() if not missing.isdisjoint(some)
        }
        held = _held()
        for name, query in views(
            self.connection, _sources(held, self.as_of), self.as_of, self.known_at
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
    def sales(self) -> ir.Table:
        return self.table("sales")

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
    held, moment = _held(), as_of or now()
    connection = engine.open_connection()
    return _opened(connection, _sources(held, moment), moment, known_at, _files(held))


def narrowed(customers: Sequence[int], as_of: datetime | None = None) -> Tables:
    """Open tables of a few customers only, straight from PostgreSQL: as fresh as the
    last commit, in milliseconds.

    ``customers`` are primary keys of those who stand for themselves; what belongs to
    customers merged into them is there too. Items and rates come from the history.
    """
    held = _held()
    connection = engine.open_connection()
    moment = now()
    rows = live_rows.read(customers, now=moment, offset=moment - real_now())
    for name, table in rows.items():
        connection.register(f"few_{name}", table)
    named: dict[str, Any] = {name: f"few_{name}" for name in rows}
    for name in ("items", "rates"):
        named[name] = engine.files([held.snapshots[name].path])
    n_returns, currencies = parts.facts_of_money(connection, "few_events")
    sources = Sources(
        **named,
        has_merges=len(rows["merges"]) > 0,
        has_returns=n_returns > 0,
        currencies=_foreign(currencies),
    )
    return _opened(connection, sources, as_of or moment, None, {})


def _held() -> manifest.Manifest:
    """The manifest, its files whole: broken ones are made anew first. Raise
    `HistoryDamaged` where that fails.
    """
    for _look in range(LOOKS):
        held = manifest.load()
        if held.snapshots and not shared_files.brought(held):
            return held
    refresh()
    held = manifest.load()
    integrity.check(held)
    return held


def _sources(held: manifest.Manifest, as_of: datetime) -> Sources:
    small = {
        name: engine.files([snapshot.path]) for name, snapshot in held.snapshots.items()
    }
    return Sources(
        _events(held.parts, as_of),
        **small,
        has_merges=held.snapshots["merges"].n > 0,
        has_returns=held.has_returns,
        currencies=_foreign(held.currencies),
        is_cut=True,
    )


def _events(held: Sequence[manifest.Part], as_of: datetime) -> str | None:
    """Return SQL of the events of before ``as_of``. Whole months that are over need no
    look at each event's time, which is the dearest column to read; later ones none at
    all.
    """
    month = f"{as_of.astimezone(UTC):%Y-%m}"
    over = [one.path for one in held if len(one.month) == 7 and one.month < month]
    rest = [one.path for one in held if len(one.month) > 7 or one.month == month]
    if not over and not rest:
        rest = [one.path for one in held]  # all later: none of them is left
    cut = f"happened_at < TIMESTAMPTZ '{as_of.isoformat()}'"
    parts = [
        *([f"SELECT * FROM {engine.files(over)}"] if over else []),
        *([f"SELECT * FROM {engine.files(rest)} WHERE {cut}"] if rest else []),
    ]
    return f"({' UNION ALL '.join(parts)})" if parts else None


def _foreign(currencies: Iterable[str]) -> frozenset[str]:
    return frozenset(currencies) - {settings.SHOP_CURRENCY}


def _files(held: manifest.Manifest) -> dict[str, Collection[str]]:
    """Which files each table is read from; people who were joined stand in one of their
    own.
    """
    small = {name: snapshot.path for name, snapshot in held.snapshots.items()}
    merges = small["merges"]
    every = {
        name: {path} for name, path in small.items() if name not in ("merges", "rates")
    }
    events = {merges, small["rates"], *(part.path for part in held.parts)}
    return {
        **every,
        "consents": {small["consents"], merges},
        "events": events,
        "sales": events,
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
    return Tables(
        as_of,
        known_at,
        connection,
        dict(files),
        sources.has_returns,
        sources.currencies,
    )
