"""Hand out recommendations: the stored lists, and for whoever has none a ladder that ends only where items end.

Reads the database alone: what was learned lies in `RecommendationList`, so web processes never load a model.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from recommender.models import RecommendationList
from retention_site.lib.clock import now

MODES = ("all", "repeat", "discover")
NEWEST_LINES = 50_000  # purchases that say what sells now
LONGEST = 100  # items that the ladder keeps ready
KEPT_SECONDS = 300.0  # what sells now is asked for again after this

SELLING = """
    SELECT recent.item_id, count(*) AS n
    FROM (
        SELECT item_id FROM profiles_event
        WHERE type = 'purchase' AND item_id IS NOT NULL AND happened_at < %s ORDER BY id DESC LIMIT %s
    ) recent JOIN profiles_item item ON item.external_id = recent.item_id AND item.available
    GROUP BY recent.item_id ORDER BY n DESC, recent.item_id LIMIT %s
"""
NEWEST = "SELECT external_id FROM profiles_item WHERE available AND title <> '' ORDER BY id DESC LIMIT %s"
UNAVAILABLE = "SELECT external_id FROM profiles_item WHERE external_id = ANY(%s) AND NOT available"
OWNED = """
    SELECT DISTINCT customer_id, item_id FROM profiles_event
    WHERE customer_id = ANY(%s) AND item_id = ANY(%s) AND type = 'purchase' AND happened_at < %s
"""


@dataclass(frozen=True, slots=True)
class Recommended:
    """One place of a list."""

    item_id: str
    score: float
    reason: str
    engine: str


def lists_for(customers: Sequence[int], mode: str = "all", k: int = 8) -> dict[int, list[Recommended]]:
    """Return each customer's best ``k`` items by primary key; three or four queries, however many customers.

    What is not on sale now is left out. Whoever has no list, or too short a one, gets what sells now, then the newest
    items; in `repeat` a list may stay short: it holds only what the customer bought. Raise ValueError for another mode.
    """
    if mode not in MODES:
        raise ValueError(f"there is no mode {mode!r}; the modes are {', '.join(MODES)}")
    stored = _stored(customers, mode)
    gone = _ids(UNAVAILABLE, [sorted({one.item_id for ranked in stored.values() for one in ranked})])
    lists = {
        customer: [one for one in stored.get(customer, []) if one.item_id not in gone][:k] for customer in customers
    }
    if mode != "repeat":
        _fill(lists, mode, k)
    return lists


def _stored(customers: Sequence[int], mode: str) -> dict[int, list[Recommended]]:
    rows = RecommendationList.objects.filter(customer__in=list(customers), mode=mode).values_list("customer", "items")
    return {customer: [_one(item) for item in items] for customer, items in rows}


def _one(item: dict[str, object]) -> Recommended:
    return Recommended(str(item["item_id"]), float(str(item["score"])), str(item["reason"]), str(item["engine"]))


def _fill(lists: dict[int, list[Recommended]], mode: str, k: int) -> None:
    """Lengthen short lists from the ladder, best rung first; in `discover` with nothing that was bought before."""
    short = [customer for customer, ranked in lists.items() if len(ranked) < k]
    if not short:
        return
    ladder = _ladder()
    owned = _owned(short, [one.item_id for one in ladder]) if mode == "discover" else set()
    for customer in short:
        has = {one.item_id for one in lists[customer]}
        fitting = (one for one in ladder if one.item_id not in has and (customer, one.item_id) not in owned)
        lists[customer] += [one for one, _place in zip(fitting, range(k - len(has)), strict=False)]


_kept: dict[str, tuple[float, list[Recommended]]] = {}


def _ladder() -> list[Recommended]:
    """What sells now, then the newest items; kept for some minutes, by database."""
    shop = str(connection.settings_dict["NAME"])
    since, ladder = _kept.get(shop, (-KEPT_SECONDS, []))
    if time.monotonic() - since > KEPT_SECONDS or not ladder:
        ladder = _climb(now())
        _kept[shop] = (time.monotonic(), ladder)
    return ladder


def _climb(moment: datetime) -> list[Recommended]:
    with connection.cursor() as cursor:
        cursor.execute(SELLING, [moment, NEWEST_LINES, LONGEST])
        selling = cursor.fetchall()
        cursor.execute(NEWEST, [LONGEST])
        newest = [item for (item,) in cursor.fetchall()]
    most = selling[0][1] if selling else 1
    rungs = [Recommended(item, n / most, _("sells best right now"), "popularity") for item, n in selling]
    known = {one.item_id for one in rungs}
    return rungs + [Recommended(item, 0.0, _("new in the shop"), "newest") for item in newest if item not in known]


def _owned(customers: list[int], items: list[str]) -> set[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(OWNED, [customers, items, now()])
        return set(cursor.fetchall())


def _ids(query: str, values: list[list[str]]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return {item for (item,) in cursor.fetchall()}
