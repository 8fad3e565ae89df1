"""What sells better lately than it used to."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from profiles import history
from recommender import reasons
from retention_site.lib import clock

from .ready_lists import Recommended, on_sale

RECENT_DAYS, BEFORE_DAYS = 14, 56
LEAST_BUYERS = 5  # lately: fewer are chance
KEPT = 100

# Buyers of the last days beside as many as the days before let expect, in standard
# deviations of a Poisson count.
TRENDING = f"""
    WITH sold AS (
        SELECT item_id, count(DISTINCT customer) FILTER (WHERE age < {RECENT_DAYS}) AS lately,
            count(DISTINCT customer) FILTER (WHERE age >= {RECENT_DAYS}) * {RECENT_DAYS / BEFORE_DAYS} AS expected
        FROM (
            SELECT item_id, customer, (epoch(TIMESTAMPTZ '{{as_of}}') - epoch(happened_at)) / 86400 AS age FROM sales
            WHERE is_kept AND quantity > 0 AND item_id IS NOT NULL
                AND happened_at > TIMESTAMPTZ '{{as_of}}' - INTERVAL {RECENT_DAYS + BEFORE_DAYS} DAY
        ) GROUP BY item_id
    )
    SELECT item_id, lately, (lately - expected) / sqrt(expected + 1) AS surprise FROM sold JOIN items USING (item_id)
    WHERE lately >= {LEAST_BUYERS} AND lately > expected AND available IS DISTINCT FROM false
        AND never_recommend IS DISTINCT FROM true
    ORDER BY surprise DESC, item_id LIMIT {KEPT}
"""  # noqa: S608


def trending(k: int = 8) -> list[Recommended]:
    """Return what rises most, best first; looked up once an hour of the shop's time."""
    found = _rising(clock.now().replace(minute=0, second=0, microsecond=0))
    available = on_sale({item for item, _n, _surprise in found})
    rising = [one for one in found if one[0] in available][:k]
    return [
        Recommended(
            item,
            round(surprise, 6),
            reasons.words({"kind": "trending", "n": n, "days": RECENT_DAYS}),
            "trend",
        )
        for item, n, surprise in rising
    ]


@lru_cache(maxsize=2)
def _rising(as_of: datetime) -> list[tuple[str, int, float]]:
    rows = history.tables(as_of=as_of).run(TRENDING.format(as_of=as_of.isoformat()))
    return [tuple(row.values()) for row in rows.to_pylist()]
