"""Ready lists for customers, from the database: cheap enough for a web request, never
empty while items exist.

Nothing here loads a model: no torch, no scikit-learn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from profiles import history
from profiles.models import Item
from recommender import exploration, list_rules, reasons
from recommender.exploration import Place
from recommender.matrices.modes import MODES
from recommender.models import RecommendationList
from retention_site.lib import clock

POPULAR_DAYS = 90  # purchases that make an item popular
POPULAR = 100  # items kept to fill lists with

BEST_SELLERS = f"""
    SELECT items.item_id, coalesce(sold.n, 0) AS n FROM items LEFT JOIN (
        SELECT item_id, count(*) AS n FROM events WHERE type = 'purchase' AND quantity > 0
            AND happened_at > (SELECT max(happened_at) FROM events) - INTERVAL {POPULAR_DAYS} DAY
        GROUP BY item_id
    ) AS sold USING (item_id)
    WHERE items.available IS DISTINCT FROM false ORDER BY n DESC, items.item_id LIMIT {POPULAR}
"""  # noqa: S608
BOUGHT = """
    SELECT customer_id, item_id, count(*), max(happened_at) FROM profiles_event
    WHERE customer_id = ANY(%s) AND happened_at < %s AND type = 'purchase' AND quantity > 0 AND item_id IS NOT NULL
    GROUP BY customer_id, item_id ORDER BY customer_id, count(*) DESC, item_id
"""


@dataclass(frozen=True, slots=True)
class Recommended:
    """One item for one customer."""

    item_id: str
    score: float  # compares within its list only
    reason: str  # one phrase in the active language
    engine: str  # the part that spoke for it most; "ladder" where none knew anything
    propensity: float = 1.0  # how likely this place was to hold this item


def lists_for(
    customers: Sequence[int], mode: str = "all", k: int = 8
) -> dict[int, list[Recommended]]:
    """Return each customer's list by key, best first; four queries for any number of
    customers.

    A customer without a list, or whose items left the shop, gets what sells best: `all`
    and `discover` have k items while the shop has them, `repeat` may be shorter.
    """
    stored = RecommendationList.objects.filter(
        customer__in=customers, mode=mode
    ).values_list("customer_id", "items")
    lists = {customer: _live(entries) for customer, entries in stored}
    available = on_sale(
        {entry["item_id"] for entries in lists.values() for entry in entries}
    )
    lists = {
        who: [entry for entry in entries if entry["item_id"] in available]
        for who, entries in lists.items()
    }
    short = [customer for customer in customers if len(lists.get(customer, ())) < k]
    bought = _bought(short) if short and mode != "all" else {}
    spare = _best_sellers() if short and mode != "repeat" else []
    named = {item for pairs in (spare, *bought.values()) for item, _n in pairs}
    allowed = on_sale(named) if named else set()
    spare = [(item, n) for item, n in spare if item in allowed]
    if mode == "repeat":
        bought = {
            who: [(item, n) for item, n in own if item in allowed]
            for who, own in bought.items()
        }
    return {
        customer: _as_said(
            (
                lists.get(customer, [])
                + _ladder(lists, customer, mode, k, bought, spare)
            )[:k]
        )
        for customer in customers
    }


def shown_to(customer: int, mode: str = "all", k: int = 8) -> list[Recommended]:
    """Return what one customer is shown of her list."""
    spare = exploration.NEXT if list_rules.current().explores else 0
    return cut(lists_for([customer], mode, k + spare), k, mode)[customer]


def cut(
    lists: Mapping[int, Sequence[Place]], k: int, mode: str = "all"
) -> dict[int, list[Place]]:
    """Cut ranked lists, by customer, to what is shown: where the shop explores, the
    last place may try one of the next.

    Who gets what is drawn anew each day, and stays so for the day.
    """
    share, today = (
        list_rules.current().explores,
        clock.now().astimezone(clock.shop_zone()).toordinal(),
    )
    return {
        customer: exploration.cut(
            ranked, k, share, (customer, today, MODES.index(mode))
        )
        for customer, ranked in lists.items()
    }


def _ladder(
    lists: Mapping[int, Sequence[Mapping[str, Any]]],
    customer: int,
    mode: str,
    k: int,
    bought: Mapping[int, list[tuple[str, int]]],
    spare: Sequence[tuple[str, int]],
) -> list[dict[str, Any]]:
    """Give what fills a short list up."""
    there = lists.get(customer, ())
    if len(there) >= k:
        return []
    has = {entry["item_id"] for entry in there}
    own = bought.get(customer, [])
    if mode == "repeat":
        return [
            _entry(item, {"kind": "again", "n": n})
            for item, n in own
            if item not in has
        ]
    has |= {item for item, _n in own} if mode == "discover" else set()
    return [
        _entry(item, {"kind": "popular" if n else "fresh"})
        for item, n in spare
        if item not in has
    ]


def _entry(item: str, why: dict[str, Any]) -> dict[str, Any]:
    return {"item_id": item, "score": 0.0, "engine": "ladder", "why": why}


def _live(entries: Any) -> list[dict[str, Any]]:
    return list(entries) if isinstance(entries, list) else []


def _as_said(entries: Iterable[Mapping[str, Any]]) -> list[Recommended]:
    return [
        Recommended(
            entry["item_id"],
            float(entry.get("score") or 0),
            reasons.words(entry["why"]),
            str(entry.get("engine", "")),
        )
        for entry in entries
    ]


def on_sale(item_ids: Collection[str]) -> set[str]:
    """Keep the ids of items that may be bought now and that the shop's rules let stand
    in lists.
    """
    allowed = list_rules.current()
    found = Item.objects.filter(external_id__in=item_ids, available=True)
    facts = found.values_list("external_id", "category", "price")
    return {
        item
        for item, category, price in facts
        if not list_rules.shuts_out(allowed, item, category, price)
    }


def _best_sellers() -> list[tuple[str, int]]:
    """Give what sold best lately, from the history; looked up once an hour of the
    shop's time.
    """
    return _best_sellers_of(clock.now().replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=2)
def _best_sellers_of(as_of: datetime) -> list[tuple[str, int]]:
    rows = history.tables(as_of=as_of).run(BEST_SELLERS)
    return list(
        zip(
            rows.column("item_id").to_pylist(),
            rows.column("n").to_pylist(),
            strict=True,
        )
    )


def _bought(customers: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """Give the items that customers have bought, most often first."""
    found: dict[int, list[tuple[str, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, [list(customers), clock.now()])
        for customer, item, n, _last in cursor.fetchall():
            found.setdefault(customer, []).append((item, n))
    return found
