"""What customers said in their own words: searches and reviews."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profiles.history import Tables

WITHIN_DAYS = 365
NEWEST = 20  # texts of one customer
MOST = 200_000  # different texts; the ones that most customers said come first
MAX_CHARACTERS = 1_000

SAID = """
    WITH spoken AS (
        SELECT customer, type, item_id, left(trim(text), {longest}) AS text,
            (epoch(TIMESTAMPTZ '{as_of}') - epoch(happened_at)) / 86400 AS age,
            row_number() OVER (PARTITION BY customer ORDER BY happened_at DESC, text) AS place
        FROM events WHERE type IN ('search', 'review') AND trim(coalesce(text, '')) <> ''
            AND happened_at >= TIMESTAMPTZ '{as_of}' - INTERVAL {days} DAY
    ), kept AS (
        SELECT text FROM spoken WHERE place <= {newest} GROUP BY text ORDER BY count(*) DESC, text LIMIT {most}
    )
    SELECT customer, type, item_id, text, age FROM spoken JOIN kept USING (text) WHERE place <= {newest}
    ORDER BY customer, place
"""


@dataclass(frozen=True, slots=True)
class CustomerTexts:
    """One row per thing said, newest first within a customer."""

    customer: npt.NDArray[np.int64]
    kind: tuple[str, ...]  # search or review
    item: tuple[str | None, ...]  # the item reviewed
    text: tuple[str, ...]
    age_days: npt.NDArray[np.float64]


def said(tables: Tables) -> CustomerTexts:
    """Read what customers said before the tables' time."""
    as_of = tables.as_of.isoformat()
    rows = tables.run(
        SAID.format(
            as_of=as_of,
            days=WITHIN_DAYS,
            newest=NEWEST,
            most=MOST,
            longest=MAX_CHARACTERS,
        )
    )
    kind, item, text = (
        tuple(rows.column(name).to_pylist()) for name in ("type", "item_id", "text")
    )
    return CustomerTexts(
        rows.column("customer").to_numpy(),
        kind,
        item,
        text,
        np.maximum(rows.column("age").to_numpy(), 0),
    )
