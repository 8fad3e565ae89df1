"""Place items by what is written about them, and customers by what they viewed,
searched, bought and wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from profiles.history import Tables
from recommender.interactions import Assortment

from . import interests
from .centring import middles, scripts
from .customer_texts import CustomerTexts
from .item_space import About, Places, centred, keep
from .store import Floats, Rows, Space, current, digests, held

HALF_LIFE = 90.0  # days
WEIGHTS = {"purchase": 1.0, "cart": 0.6, "view": 0.3, "search": 1.0, "review": 1.0}
REVIEWS = 0.5  # what the reviews of an item weigh beside its own text
ROWS_AT_ONCE = 50_000  # customers

TOUCHED = """
    SELECT customer, item_id, ln(1 + sum(weight * pow(2, -age / {half_life}))) AS weight, count(*) AS n FROM (
        SELECT customer, item_id, weights.weight,
            (epoch(TIMESTAMPTZ '{as_of}') - epoch(happened_at)) / 86400 AS age
        FROM (
            SELECT customer, type, item_id, happened_at, quantity FROM events WHERE type <> 'purchase'
            UNION ALL SELECT customer, type, item_id, happened_at, quantity FROM sales WHERE is_kept
        ) JOIN (VALUES {weights}) AS weights (type, weight) USING (type)
        WHERE item_id IS NOT NULL AND coalesce(quantity, 1) > 0
    ) GROUP BY customer, item_id ORDER BY customer, item_id
"""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said, with its vectors."""

    said: CustomerTexts
    vectors: Floats  # (n_texts, d) around the middle
    text: npt.NDArray[
        np.int64
    ]  # (n,) row of each thing said, -1 where it could not be read


def place_everything(
    tables: Tables, shop: Assortment, said: CustomerTexts
) -> dict[str, Any]:
    """Place the shop's items and customers in the space in use, hand interests to the
    portraits, say what was done.
    """
    space = current()
    if space is None:
        return {}
    rows, items, around = _items(space, shop, said)
    ids = tuple(shop.ids[row] for row in rows)
    spoken = _spoken(space, said, around)
    keys, tastes, n_seen = _customers(tables, ids, items, spoken)
    about = About(
        space.name, space.model, tables.as_of.isoformat(), "", len(ids), len(keys)
    )
    # items of one text share a place: whoever draws lists shows only one of them
    alike = np.unique(np.array(shop.texts, object)[rows], return_inverse=True)[
        1
    ].astype(np.int32)
    placed = Places(about, around, ids, items, alike, shop.n_buyers[rows], keys, tastes)
    keep(placed)
    named = interests.write(tables, placed, n_seen)
    return {"items": len(ids), "customers": len(keys), "interests": named}


def _items(
    space: Space, shop: Assortment, said: CustomerTexts
) -> tuple[Rows, Floats, Floats]:
    """Add to each item's text what was written about it; items without readable words
    have no place.
    """
    store, n = held(space.name), len(shop)
    reviews = [
        place
        for place, kind in enumerate(said.kind)
        if kind == "review" and said.item[place]
    ]
    row_of = {item: row for row, item in enumerate(shop.ids)}
    at = np.array(
        [row_of.get(str(said.item[place]), -1) for place in reviews], np.int64
    )
    told = store.find(digests([said.text[place] for place in reviews]))
    # a review of an unknown item, or in words that can't be read, says nothing of any
    # item
    good = (at >= 0) & (told >= 0)
    own = store.find(digests(shop.texts))
    total = np.zeros((n, space.n_dimensions), np.float32)
    total[own >= 0] = store.take(own[own >= 0])
    count = np.maximum(np.bincount(at[good], minlength=n), 1)
    mean = sp.csr_array(
        (np.ones(good.sum(), np.float32), (at[good], np.arange(good.sum()))),
        shape=(n, int(good.sum())),
    )
    if good.any():
        total += (
            REVIEWS
            * (mean @ store.take(told[good]))
            / count[:, None].astype(np.float32)
        )
    there = np.flatnonzero(np.abs(total).sum(1) > 0)
    own_scripts = scripts([shop.texts[row] for row in there])
    found = middles(space.name, total[there], own_scripts)
    return there, centred(total[there], found[own_scripts]), found


def _spoken(space: Space, said: CustomerTexts, around: Floats) -> Spoken:
    store = held(space.name)
    rows = store.find(digests(said.text))
    heard = np.flatnonzero(rows >= 0)
    used, first, place = np.unique(rows[heard], return_index=True, return_inverse=True)
    first = heard[first]
    text = np.full(len(rows), -1, np.int64)
    text[rows >= 0] = place
    return Spoken(
        said,
        centred(store.take(used), around[scripts([said.text[at] for at in first])]),
        text,
    )


def _customers(
    tables: Tables, ids: tuple[str, ...], items: Floats, spoken: Spoken
) -> tuple[Rows, npt.NDArray[np.float16], npt.NDArray[np.int64]]:
    """Average what each customer touched and said, the newest counting most.

    Returns keys, vectors, and how many things stand behind each.
    """
    keys, table, n_seen = _table(tables, ids, spoken)
    vectors = np.concatenate([items, spoken.vectors]) if len(spoken.vectors) else items
    tastes = np.zeros((len(keys), vectors.shape[1]), np.float16)
    for start in range(0, len(keys), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        tastes[some] = centred(
            table[some] @ vectors, np.zeros(vectors.shape[1], np.float32)
        )
    return keys, tastes, n_seen


def _table(
    tables: Tables, ids: tuple[str, ...], spoken: Spoken
) -> tuple[
    Rows, sp.csr_array, npt.NDArray[np.int64]
]:  # (n_customers, n_items + n_texts)
    """Lay out how much each customer had to do with each item and each text."""
    who, what, weight, n = _touched(tables, ids)
    heard = spoken.text >= 0
    kinds = np.array([WEIGHTS[kind] for kind in spoken.said.kind], np.float32)
    fading = kinds * np.exp2(-spoken.said.age_days / HALF_LIFE).astype(np.float32)
    who = np.concatenate([who, spoken.said.customer[heard]])
    what = np.concatenate([what, len(ids) + spoken.text[heard]])
    weight = np.concatenate([weight, np.log1p(fading[heard])])
    n = np.concatenate([n, np.ones(int(heard.sum()), np.int64)])
    keys, row = np.unique(who, return_inverse=True)
    table = sp.coo_array(
        (weight, (row, what)), shape=(len(keys), len(ids) + len(spoken.vectors))
    ).tocsr()
    return keys, table, np.bincount(row, n, len(keys)).astype(np.int64)


def _touched(
    tables: Tables, ids: tuple[str, ...]
) -> tuple[Rows, npt.NDArray[np.int64], Floats, npt.NDArray[np.int64]]:
    named = ", ".join(f"('{kind}', {weight})" for kind, weight in WEIGHTS.items())
    rows = tables.run(
        TOUCHED.format(
            as_of=tables.as_of.isoformat(), half_life=HALF_LIFE, weights=named
        )
    )
    row_of = {item: row for row, item in enumerate(ids)}
    items = rows.column("item_id").combine_chunks().dictionary_encode()
    place = np.array(
        [row_of.get(item, -1) for item in items.dictionary.to_pylist()], np.int64
    )
    what = place[items.indices.to_numpy()] if len(place) else np.zeros(0, np.int64)
    good = what >= 0
    who, weight, n = (
        rows.column(name).to_numpy() for name in ("customer", "weight", "n")
    )
    return who[good], what[good], weight[good].astype(np.float32), n[good]
