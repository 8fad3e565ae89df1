"""Items bought together, or one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recommender.matrices.item_neighbours import (
    keep_strongest,
    scaled,
    strongest_links,
    strongest_product,
)

from .base import Engine, Floats, Interactions, Items, Long, Reason

# distinct items: one tireless customer must not cost a quadratic number of pairs
LONGEST_HISTORY = 200
FORGOTTEN = 1e-3  # a weight below this is not worth its cost
STEPS = 3  # a transition reaches this many orders ahead
WHAT_FOLLOWS = 2.0  # weight of what came after beside what customers have in common


@dataclass
class ItemKNN(Engine):
    """Sums the nearest neighbours of what the customer has, the newest orders counting
    most.

    `cosine`: customers in common. `bm25`: the same with rare items and short histories
    counting more (Robertson 2009). `directed`: cosine plus, twice as much, how often
    the item came within the next orders.
    """

    key: ClassVar[str] = "item_knn"
    variants = (
        {"similarity": "bm25", "fade": None},
        {"similarity": "cosine", "fade": 0.8},
        {"similarity": "directed", "fade": 0.8},
    )

    similarity: str = "bm25"
    fade: float | None = None  # weight kept per order since; without it, fading counts
    half_life: float = 180.0  # days, of the counts
    k: int = 200
    links_: sp.csr_array = field(init=False, repr=False)  # (n_items, n_items) from → to

    def _learn(self, past: Interactions, items: Items) -> None:
        taken = _newest_items(past)
        if self.similarity == "bm25":
            weighted = bm25(taken.multiply(past.counts()).tocsr())
            self.links_ = strongest_product(weighted, weighted, self.k)
            return
        unit = scaled(taken, columns=_inverse(np.sqrt(_column_sums(taken))))
        self.links_ = strongest_product(unit, unit, self.k)
        if self.similarity == "directed":
            self.links_ = keep_strongest(
                self.links_ + WHAT_FOLLOWS * transitions(past, self.k), self.k
            )

    def _weights(self, histories: Interactions) -> sp.csr_array:
        if self.fade is None:
            return histories.counts(self.half_life)
        weights = histories.recency(self.fade)
        weights.data[weights.data < FORGOTTEN] = 0
        weights.eliminate_zeros()
        return weights

    def _score(self, histories: Interactions) -> Floats:
        return (self._weights(histories) @ self.links_).toarray()

    def reasons(
        self, histories: Interactions, rows: Long, columns: Long
    ) -> list[Reason | None]:
        kind = "often_after" if self.similarity == "directed" else "often_with"
        return strongest_links(
            self._weights(histories), self._into, rows, columns, kind
        )

    @cached_property
    def _into(self) -> sp.csc_array:
        return self.links_.tocsc()


def bm25(taken: sp.csr_array, k1: float = 1.2, b: float = 0.75) -> sp.csr_array:
    """Weigh a customer × item table by Okapi BM25 with customers as documents."""
    n, length = taken.shape[0], np.asarray(taken.sum(1)).ravel()
    rarity = np.log(max(n, 1)) - np.log1p(
        np.bincount(taken.indices, minlength=taken.shape[1])
    )
    bound = k1 * (1 - b + b * length / max(length.sum() / max(n, 1), 1e-9))
    out = sp.csr_array(taken, copy=True)
    out.data = (
        out.data * (k1 + 1) / (out.data + np.repeat(bound, np.diff(out.indptr)))
    ).astype(np.float32)
    return scaled(out, columns=np.maximum(rarity, 0))


def transitions(past: Interactions, k: int) -> sp.csr_array:
    """Say how often an item came 1, 2, 3 orders after another, nearer counting more, by
    √(uses of both).
    """
    order = (
        np.r_[0, np.cumsum((np.diff(past.customer) != 0) | (np.diff(past.basket) != 0))]
        if len(past)
        else []
    )
    n_orders = int(order[-1]) + 1 if len(past) else 0
    baskets = sp.csr_array(
        (np.ones(len(past), np.float32), (order, past.item)),
        shape=(n_orders, past.n_items),
    )
    baskets.data[:] = 1
    owner = np.zeros(n_orders, np.int32)
    owner[order] = past.customer
    unit = scaled(baskets, columns=_inverse(np.sqrt(_column_sums(baskets))))
    total = sp.csr_array((past.n_items, past.n_items), dtype=np.float32)
    for step in range(1, min(STEPS, n_orders - 1) + 1):
        same = (owner[step:] == owner[:-step]).astype(np.float32)
        total = total + strongest_product(
            scaled(unit[:-step], rows=same), unit[step:], k
        ) / np.float32(step)
    return total


def _newest_items(past: Interactions) -> sp.csr_array:
    """Mark what each customer has, at most the newest LONGEST_HISTORY items."""
    taken = past.recency(0.9999)
    keep = np.ones(taken.nnz, bool)
    for row in np.flatnonzero(np.diff(taken.indptr) > LONGEST_HISTORY):
        own = slice(taken.indptr[row], taken.indptr[row + 1])
        keep[own][
            np.argpartition(-taken.data[own], LONGEST_HISTORY)[LONGEST_HISTORY:]
        ] = False
    taken.data[:] = keep
    taken.eliminate_zeros()
    return taken


def _column_sums(table: sp.csr_array) -> Floats:
    return np.bincount(table.indices, table.data, table.shape[1]).astype(np.float32)


def _inverse(values: Floats) -> Floats:
    return np.divide(1, values, out=np.zeros_like(values), where=values > 0)
