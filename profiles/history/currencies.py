"""In which other currencies amounts stand, and how many of them no rate turns into the
shop's money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .tables import Tables

SEEN = """
    SELECT currency, count(*) AS n, count(*) FILTER (WHERE revenue IS NULL) AS n_without_rate,
        min(happened_at) FILTER (WHERE revenue IS NULL) AS first_without_rate
    FROM events
    WHERE type IN ('purchase', 'return') AND currency IN (SELECT unnest($1))
        AND quantity IS NOT NULL AND price IS NOT NULL AND happened_at >= $2
        AND ($3::VARCHAR IS NULL OR item_id = $3)
    GROUP BY currency ORDER BY n DESC, currency
"""
EVER = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class Seen:
    """A currency besides the shop's: how many amounts stand in it, and how many stay
    out of every sum.
    """

    currency: str
    n: int
    n_without_rate: int
    first_without_rate: datetime | None


def seen(
    tables: Tables, *, since: datetime = EVER, item_id: str | None = None
) -> list[Seen]:
    """Count the amounts of purchases and returns by currency, the most frequent first."""
    if not tables.currencies:  # as in most shops
        return []
    rows = tables.connection.execute(
        SEEN, [sorted(tables.currencies), since, item_id]
    ).fetchall()
    return [Seen(*row) for row in rows]


def without_rate(found: Sequence[Seen]) -> list[Seen]:
    """Keep those of which amounts stay out."""
    return [one for one in found if one.n_without_rate]
