"""Ready lists for customers, from the database: cheap enough for a web request, never
empty while items exist.

Nothing here loads a model: no torch, no scikit-learn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from profiles import history
from profiles.models import Item
from recommender import exploration, reasons
from recommender.exploration import Place
from recommender.lists import rules
from recommender.matrices.modes import MODES
from recommender.models import RecommendationList
from retention_site.lib import clock

from . import fresh
from .fresh import Lately

POPULAR_DAYS = 90  # purchases that make an item popular
POPULAR = 100  # items kept to fill lists with

BEST_SELLERS = f"""
    SELECT items.item_id, coalesce(sold.n, 0) AS n FROM items LEFT JOIN (
        SELECT item_id, count(*) AS n FROM sales WHERE is_kept AND quantity > 0
            AND happened_at > (SELECT max(happened_at) FROM events) - INTERVAL {POPULAR_DAYS} DAY
        GROUP BY item_id
    ) AS sold USING (item_id)
    WHERE items.available IS DISTINCT FROM false AND items.never_recommend IS DISTINCT FROM true
    ORDER BY n DESC, items.item_id LIMIT {POPULAR}
"""  # noqa: S608


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
    customers, six for short lists.

    A list was made last night; what happened since counts all the same: what was bought
    or sent back since is left out, what was looked at comes first. A customer without a
    list, or whose items left the shop, gets what sells best: `all` and `discover` have
    k items while the shop has them, `repeat` may be shorter.
    """
    now = clock.now()
    kept = RecommendationList.objects.filter(customer__in=customers, mode=mode)
    stored = {
        who: (_live(entries), as_of)
        for who, entries, as_of in kept.values_list("customer_id", "items", "as_of")
    }
    known = fresh.lately(customers)
    nobody = Lately({}, clock.shop_zone())
    readers = {
        who: Reader(known.get(who, nobody), *stored.get(who, ([], None)))
        for who in customers
    }
    named = {item for one in readers.values() for item in one.items(mode, now)}
    shop = Shop(now, mode, k, on_sale(named))
    lists = {who: shop.ready(one) for who, one in readers.items()}
    short = [who for who in customers if len(lists[who]) < k]
    if short and mode != "repeat":
        best = _best_sellers()
        allowed = on_sale({item for item, _n in best})
        shop = replace(
            shop,
            allowed=shop.allowed | allowed,
            best=[pair for pair in best if pair[0] in allowed],
        )
    lists |= {who: shop.filled(readers[who], lists[who]) for who in short}
    return {who: _as_said(lists[who], readers[who].seen, now) for who in customers}


@dataclass(frozen=True, slots=True)
class Reader:
    """One customer: what she did until now, and the list that was made for her."""

    seen: Lately
    entries: Sequence[Mapping[str, Any]]
    as_of: datetime | None

    def items(self, mode: str, now: datetime) -> list[str]:
        """Return every item that may come to stand in the list, but for what sells
        best.
        """
        listed = [entry["item_id"] for entry in self.entries]
        own = (
            [item for item, one in self.seen.done.items() if one.n]
            if mode == "repeat"
            else self.looks(mode, now)
        )
        return [*listed, *own]

    def looks(self, mode: str, now: datetime) -> list[str]:
        return [] if mode == "repeat" else fresh.looked_at(self.seen, now)


@dataclass(frozen=True, slots=True)
class Shop:
    """What is the same for all customers that are asked about at once."""

    now: datetime
    mode: str
    k: int
    allowed: Set[str]  # items on sale that may stand in lists
    best: Sequence[tuple[str, int]] = ()  # what sells best, with how often

    def ready(self, reader: Reader) -> list[Mapping[str, Any]]:
        """Leave out what is not for her any more, and put first what she looked at."""
        kept = [
            entry for entry in reader.entries if self._fits(reader, entry["item_id"])
        ]
        has = {entry["item_id"] for entry in kept}
        new = [
            item
            for item in reader.looks(self.mode, self.now)
            if item not in has and self._fits(reader, item)
        ]
        kept += [_entry(item, {"kind": "looked"}) for item in new]
        return fresh.lifted(kept, reader.seen, self.now)[: self.k]

    def filled(
        self, reader: Reader, there: Sequence[Mapping[str, Any]]
    ) -> list[Mapping[str, Any]]:
        """Fill a short list up."""
        has = {entry["item_id"] for entry in there}
        ladder = (one for one in self._ladder(reader.seen) if one["item_id"] not in has)
        return [*there, *(one for one in ladder if self._fits(reader, one["item_id"]))][
            : self.k
        ]

    def _fits(self, reader: Reader, item: str) -> bool:
        return item in self.allowed and not reader.seen.shuts_out(
            item, self.now, reader.as_of
        )

    def _ladder(self, seen: Lately) -> list[dict[str, Any]]:
        own = sorted(
            ((one.n, item) for item, one in seen.done.items() if one.n),
            key=lambda pair: (-pair[0], pair[1]),
        )
        if self.mode == "repeat":
            return [_entry(item, {"kind": "again", "n": n}) for n, item in own]
        barred = {item for _n, item in own} if self.mode == "discover" else set()
        popular = [(item, n) for item, n in self.best if item not in barred]
        return [
            _entry(item, {"kind": "popular" if n else "fresh"}) for item, n in popular
        ]


def shown_to(customer: int, mode: str = "all", k: int = 8) -> list[Recommended]:
    """Return what one customer is shown of her list."""
    spare = exploration.NEXT if rules.current().explores else 0
    return cut(lists_for([customer], mode, k + spare), k, mode)[customer]


def cut(
    lists: Mapping[int, Sequence[Place]], k: int, mode: str = "all"
) -> dict[int, list[Place]]:
    """Cut ranked lists, by customer, to what is shown: where the shop explores, the
    last place may try one of the next.

    Who gets what is drawn anew each day, and stays so for the day.
    """
    share, today = (
        rules.current().explores,
        clock.now().astimezone(clock.shop_zone()).toordinal(),
    )
    return {
        customer: exploration.cut(
            ranked, k, share, (customer, today, MODES.index(mode))
        )
        for customer, ranked in lists.items()
    }


def _entry(item: str, why: dict[str, Any]) -> dict[str, Any]:
    return {"item_id": item, "score": 0.0, "engine": "ladder", "why": why}


def _live(entries: Any) -> list[dict[str, Any]]:
    return list(entries) if isinstance(entries, list) else []


def _as_said(
    entries: Iterable[Mapping[str, Any]], seen: Lately, now: datetime
) -> list[Recommended]:
    return [
        Recommended(
            entry["item_id"],
            float(entry.get("score") or 0),
            reasons.words(seen.said(entry["why"], entry["item_id"], now)),
            str(entry.get("engine", "")),
        )
        for entry in entries
    ]


def on_sale(item_ids: Collection[str]) -> set[str]:
    """Keep the ids of items that may be bought now and that the shop's rules let stand
    in lists.
    """
    allowed = rules.current()
    found = Item.objects.filter(external_id__in=item_ids, available=True).exclude(
        never_recommend=True
    )
    facts = found.values_list("external_id", "title", "category", "price")
    return {
        item
        for item, title, category, price in facts
        if not rules.shuts_out(allowed, item, title, category, price)
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
