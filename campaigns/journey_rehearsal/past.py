"""The span of history that a journey is tried on, with what its steps listen to."""

# ruff: noqa: S608 - names are ours or quoted

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from campaigns.content.journey_graph import Graph
from campaigns.content.model import Content
from campaigns.content.triggers import CUSTOMER
from profiles.history import Tables
from retention_site.lib.sql_quoting import quoted_name, quoted_text

COLUMNS = ("item_id", "order_id", "session_id", "campaign_id", "coupon_code")


@dataclass(frozen=True)
class Past:
    """History from `starts` to before `ends`, on a connection of its own."""

    tables: Tables
    starts: datetime
    approximations: list[str] = field(default_factory=list)

    @property
    def ends(self) -> datetime:
        return self.tables.as_of

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Run one statement; dates are written `{starts}` and `{ends}`."""
        said = sql.replace("{starts}", moment(self.starts)).replace(
            "{ends}", moment(self.ends)
        )
        return self.tables.connection.execute(said, values or {}).fetchall()

    def keep(self, name: str, sql: str) -> None:
        """Keep what a query gives as a table of this connection."""
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")

    def drop(self, *names: str) -> None:
        """Give the memory of tables back that nothing reads any more."""
        for name in names:
            self.run(f"DROP TABLE IF EXISTS {name}")

    def admit(self, words: str) -> None:
        """Say once where the rehearsal is only near the truth."""
        if words not in self.approximations:
            self.approximations.append(words)


def moment(at: datetime) -> str:
    return f"TIMESTAMPTZ '{at.isoformat()}'"


def names_of(names: Iterable[str]) -> str:
    """Write event names as a list of SQL, in the one spelling that `heard` has."""
    return ", ".join(quoted_text(one) for one in sorted({n.casefold() for n in names}))


def listen(past: Past, content: Content, graph: Graph) -> None:
    """Keep the events that the journey listens to as `heard`: customer, kind,
    happened_at, and where events say what they are about, a column a path.
    """
    names, paths = listened(content, graph)
    values = "".join(
        f", {_value(path)} AS {quoted_name('of ' + path)}" for path in sorted(paths)
    )
    wanted = names_of(names) if names else "NULL"
    past.keep(
        "heard",
        f"SELECT customer, lower(type) AS kind, happened_at{values} FROM events"
        f" WHERE happened_at >= {{starts}} AND lower(type) IN ({wanted})",
    )


def listened(content: Content, graph: Graph) -> tuple[set[str], set[str]]:
    """Return the events that anything in a journey asks for, and the paths by which it
    tells one object from another.
    """
    waits = [one.says for one in graph.places if one.kind == "wait_until"]
    plan, leave = content.trigger, content.leave
    names = {name for says in waits for name in says["event"]}
    names |= set(leave["goal"]) if leave else set()
    names |= set(plan.events) if plan else set()
    paths = {says["same"] for says in waits} | ({plan.key} if plan else set())
    paths |= {leave["same"]} if leave else set()
    return names, paths - {"", CUSTOMER}


def about(path: str) -> str:
    """Return the column of `heard` that says which object an event is about."""
    return quoted_name("of " + path)


def _value(path: str) -> str:
    if path in COLUMNS:
        return path
    steps = "".join(f'."{name}"' for name in path.replace('"', "").split("."))
    return f"json_extract_string(properties, {quoted_text('$' + steps)})"
