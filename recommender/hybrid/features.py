"""What the re-ranker knows of one customer and one item, all of it from before the
moment of prediction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.engines.base import Floats, Interactions, Items, Long, Whole
from recommender.matrices.interaction_matrix import places

HALF_LIVES = (14.0, 45.0, 180.0)  # days
NEVER = 999.0  # days, or a share, where there is nothing to measure


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """How each item sells, learned from all customers."""

    sold: Floats  # (n_items, n_half_lives) log of fading counts
    trend: Floats  # (n_items,) short over long fading counts
    rebuy: Floats  # (n_items,) share of its buyers who came back for it, shrunk
    category: Whole  # (n_items,) code from 0
    group: Whole  # (n_items,)

    @classmethod
    def of(cls, past: Interactions, items: Items) -> ItemFacts:
        """Count the shop's sales."""
        fading = [
            np.bincount(past.item, np.exp2(-past.age_days / life), past.n_items)
            for life in HALF_LIVES
        ]
        each = past.table(np.ones(len(past), np.float32))
        buyers = np.bincount(each.indices, minlength=past.n_items)
        again = np.bincount(each.indices, each.data > 1, past.n_items)
        sold = np.stack(fading, 1)
        return cls(
            np.log1p(sold).astype(np.float32),
            (sold[:, 0] / np.maximum(sold[:, -1], 1e-6)).astype(np.float32),
            ((again + 1) / (buyers + 4)).astype(np.float32),
            items.category + 1,
            items.group + 1,
        )


class Lines:
    """Purchases summed per customer and item; where each line and each asked pair
    stands is looked up once.
    """

    def __init__(self, histories: Interactions, rows: Long, columns: Long) -> None:
        self.histories, table = histories, histories.owned()
        self.at = places(table, histories.customer, histories.item)  # (n,) of each line
        self.n = table.nnz
        at = np.minimum(places(table, rows, columns), max(self.n - 1, 0))
        row_of = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
        self.is_there = (
            (row_of[at] == rows) & (table.indices[at] == columns)
            if self.n
            else np.zeros(len(rows), bool)
        )
        self.asked = at

    def summed(self, weight: Floats | None = None) -> Floats:
        """Sum a weight per customer and item."""  # (n_entries,)
        return np.bincount(self.at, weight, self.n).astype(np.float32)

    def read(self, entries: Floats, missing: float = 0.0) -> Floats:
        """Read what belongs to the asked pairs."""  # (n_pairs,)
        if not self.n:
            return np.full(len(self.asked), missing, np.float32)
        return np.where(self.is_there, entries[self.asked], np.float32(missing))


def pair_features(
    histories: Interactions, facts: ItemFacts, rows: Long, columns: Long
) -> Floats:
    """Describe (customer row, item column) pairs."""  # (n_pairs, n_features)
    lines = Lines(histories, rows, columns)
    fading = [
        lines.read(lines.summed(np.exp2(-histories.age_days / life)))
        for life in HALF_LIVES
    ]
    item = [facts.sold[columns], facts.trend[columns, None], facts.rebuy[columns, None]]
    kinds = [
        _of_kind(histories, code, rows, columns) - fading[1]
        for code in (facts.category, facts.group)
    ]
    known = [
        np.where(code[columns] > 0, kind, -1)
        for code, kind in zip((facts.category, facts.group), kinds, strict=True)
    ]
    own = np.stack([*fading, *_rhythm(lines)], 1)
    return np.concatenate(
        [own, *item, _customer(histories)[rows], np.stack(known, 1)], 1
    ).astype(np.float32)


def _rhythm(lines: Lines) -> list[Floats]:
    """Count, age of the newest, usual gap, and how due the customer's own purchases of
    the item are.
    """
    age, total = lines.histories.age_days, lines.summed()
    newest, oldest = np.full(lines.n, NEVER, np.float32), np.zeros(lines.n, np.float32)
    np.minimum.at(newest, lines.at, age)
    np.maximum.at(oldest, lines.at, age)
    gap = np.where(total > 1, (oldest - newest) / np.maximum(total - 1, 1), NEVER)
    last, usual = lines.read(newest, NEVER), lines.read(gap, NEVER)
    return [lines.read(total), last, usual, np.minimum(last / (usual + 1), NEVER)]


def _customer(histories: Interactions) -> Floats:
    """How much, how broadly and how lately each customer buys."""  # (n_customers, 6)
    n = histories.n_customers
    rate = [
        np.bincount(histories.customer, np.exp2(-histories.age_days / life), n)
        for life in HALF_LIVES
    ]
    distinct = np.diff(histories.owned().indptr)
    newest = np.full(n, NEVER, np.float32)
    np.minimum.at(newest, histories.customer, histories.age_days)
    return np.stack(
        [*np.log1p(rate), np.log1p(distinct), np.log1p(histories.n_baskets()), newest],
        1,
    )


def _of_kind(histories: Interactions, code: Whole, rows: Long, columns: Long) -> Floats:
    """Fading count of the customer's purchases of the same kind of item."""  # (n_pairs,)
    n_kinds = int(code.max(initial=0)) + 1
    weight = np.exp2(-histories.age_days / np.float32(HALF_LIVES[1]))
    place = histories.customer.astype(np.int64) * n_kinds + code[histories.item]
    each = np.bincount(place, weight, histories.n_customers * n_kinds).astype(
        np.float32
    )
    return each[rows * n_kinds + code[columns]]
