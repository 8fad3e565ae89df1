"""What customers did before a moment, put into words: their habits, then their newest
doings, newest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from profiles.history import Tables

from .features import Snapshot

MAX_EVENTS = 30  # newest of each customer
MAX_CHARACTERS = 300  # of what one event says

# One line for all that somebody did of one kind on one day.
DOINGS = """
    WITH named AS (
        SELECT item_id, any_value(coalesce(nullif(title, ''), nullif(trim(split_part(category, '>', -1)), ''))) AS name
        FROM items GROUP BY item_id
    ), newest AS (
        SELECT events.customer, type, floor(({now} - epoch(happened_at)) / 86400)::INTEGER AS days,
            left(concat_ws(' · ', nullif(trim(events.text), ''), name), {long}) AS said
        FROM events JOIN read_customers ON read_customers.customer = events.customer
        LEFT JOIN named ON named.item_id = events.item_id
        WHERE happened_at < {moment}
        QUALIFY row_number() OVER (PARTITION BY events.customer ORDER BY happened_at DESC, type, said) <= {most}
    )
    SELECT customer, days, type, coalesce(string_agg(nullif(said, ''), ', ' ORDER BY said), '') AS said
    FROM (SELECT DISTINCT customer, days, type, said FROM newest) AS once
    GROUP BY customer, days, type ORDER BY customer, days, type
"""


@dataclass(frozen=True)
class Doing:
    """What somebody did of one kind on one day."""

    kind: str
    days: int  # before the moment
    said: str

    @property
    def words(self) -> str:
        return f"{self.days} d: {self.kind.replace('_', ' ')} {self.said}".rstrip()


@dataclass(frozen=True)
class Behaviour:
    """One customer's text in its parts."""

    habits: str
    doings: tuple[Doing, ...]  # newest first

    def text(self, without: frozenset[str] = frozenset()) -> str:
        """Put the parts together, leaving out some kinds of doing."""
        return ". ".join(
            [
                self.habits,
                *(one.words for one in self.doings if one.kind not in without),
            ]
        )


def behaviours(tables: Tables, snapshot: Snapshot) -> list[Behaviour]:
    """Describe the customers of a snapshot, in its order, from rows before its moment
    only.
    """
    found = _doings(tables, snapshot.moment, snapshot.customers)
    names = snapshot.names
    facts = (dict(zip(names, row.tolist(), strict=True)) for row in snapshot.values)
    return [
        Behaviour(_habits(known), tuple(found.get(who, ())))
        for who, known in zip(snapshot.customers.tolist(), facts, strict=True)
    ]


def _doings(
    tables: Tables, moment: datetime, customers: npt.NDArray[np.int64]
) -> dict[int, list[Doing]]:
    tables.connection.register("read_customers", pa.table({"customer": customers}))
    rows = tables.run(
        DOINGS.format(
            now=repr(moment.timestamp()),
            moment=f"TIMESTAMPTZ '{moment.isoformat()}'",
            most=MAX_EVENTS,
            long=MAX_CHARACTERS,
        )
    )
    found: dict[int, list[Doing]] = {}
    for who, days, kind, said in zip(
        *(rows[name].to_pylist() for name in rows.schema.names), strict=True
    ):
        found.setdefault(who, []).append(Doing(kind, days, said))
    return found


def _habits(known: Mapping[str, float]) -> str:
    """Say recency, frequency and rhythm: a reader who knows less than RFM could not
    beat it.
    """
    n = round(known["n_orders"])
    if not n:
        return "never bought"
    rhythm = (
        ""
        if np.isnan(known["gap_mean"])
        else f", every {max(round(known['gap_mean']), 1)} d"
    )
    return f"{n} orders, last {round(known['recency'])} d{rhythm}"
