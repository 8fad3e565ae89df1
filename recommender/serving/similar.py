"""Items near an item, and near what a customer searched for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from profiles.models import Event, Item
from recommender import reasons
from recommender.interactions import text_of
from recommender.vectors.item_space import places
from retention_site.lib import clock

from .ready_lists import Recommended, on_sale
from .search import search

SPARE = 3  # times as many are looked for as are wanted: some have left the shop
SEARCHED_WITHIN = timedelta(days=30)
ENGINE = "content"
SAME = 0.9999  # cosine of texts with the same words


def similar_items(item_id: str, k: int = 8) -> list[Recommended]:
    """Return the items on sale that mean the same as one; without vectors, those that
    share most words with it.
    """
    item = Item.objects.filter(external_id=item_id).first()
    if item is None:
        return []
    why, there = {"kind": "similar", "title": item.title or item_id}, places()
    vector = there.of_item(item_id) if there else None
    if there is not None and vector is not None:
        return _said(
            there.nearest(vector, k * SPARE, {item_id}), why, k, {item_id}, ENGINE
        )
    found = search(
        text_of(item.title, item.description, item.brand, item.category), k * SPARE
    )
    others = [
        (other, score)
        for other, score in found.items
        if found.engine != ENGINE or score < SAME
    ]
    return _said(others, why, k, {item_id}, found.engine)


def because_you_searched(customer: int, k: int = 8) -> tuple[str, list[Recommended]]:
    """Return a customer's newest search (by key) and the items nearest to it; an empty
    text where there is none.
    """
    now = clock.now()
    searches = Event.objects.filter(
        customer_id=customer, type="search", at__lt=now, at__gt=now - SEARCHED_WITHIN
    )
    text = (
        searches.exclude(text=None)
        .exclude(text="")
        .order_by("-at", "-id")
        .values_list("text", flat=True)
        .first()
    )
    if text is None:
        return "", []
    found = search(text, k * SPARE)
    why = {"kind": "searched", "text": text}
    return text, _told(found.items[:k], why, found.engine)


def _said(
    found: Iterable[tuple[str, float]],
    why: dict[str, str],
    k: int,
    without: Collection[str],
    engine: str,
) -> list[Recommended]:
    """Keep what is on sale, and give each the reason that it was found by."""
    pairs = [(item, score) for item, score in found if item not in without]
    named = [item for item, _score in pairs]
    available = on_sale(named)
    kept = [(item, score) for item, score in pairs if item in available][:k]
    return _told(kept, why, engine)


def _told(
    kept: Iterable[tuple[str, float]], why: dict[str, str], engine: str
) -> list[Recommended]:
    words = reasons.words(why)
    return [Recommended(item, round(score, 6), words, engine) for item, score in kept]
