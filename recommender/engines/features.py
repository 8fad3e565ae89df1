"""What the re-ranker knows of one customer and one item, all of it from before the moment of prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from .base import Floats, Interactions, Items, Long, Whole
from .interactions import places

HALF_LIVES = (14.0, 45.0, 180.0)  # days
NEVER = np.float32(999)  # days, or a share, where there is nothing to measure


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
        fading = [np.bincount(past.item, np.exp2(-past.age_days / life), past.n_items) for life in HALF_LIVES]
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


def pair_features(histories: Interactions, facts: ItemFacts, rows: Long, columns: Long) -> Floats:
    """Describe (customer row, item column) pairs."""  # (n_pairs, n_features)
    own = _own(histories, rows, columns)
    item = [facts.sold[columns], facts.trend[columns, None], facts.rebuy[columns, None]]
    customer = [_customer(histories)[rows]]
    kinds = [_of_kind(histories, code, rows, columns) for code in (facts.category, facts.group)]
    return np.concatenate([own, *item, *customer, np.stack(kinds, 1)], 1).astype(np.float32)


def _own(histories: Interactions, rows: Long, columns: Long) -> Floats:
    """Fading counts, age of the newest and usual gap of the customer's own purchases of the item."""
    total = histories.counts()
    fading = [lookup(histories.counts(life), rows, columns) for life in HALF_LIVES]
    at = places(total, histories.customer, histories.item)
    newest, oldest = np.full(total.nnz, NEVER), np.zeros(total.nnz, np.float32)
    np.minimum.at(newest, at, histories.age_days)
    np.maximum.at(oldest, at, histories.age_days)
    gap = np.where(total.data > 1, (oldest - newest) / np.maximum(total.data - 1, 1), NEVER)
    last, usual = (lookup(_like(total, data), rows, columns, NEVER) for data in (newest, gap))
    return np.stack([*fading, lookup(total, rows, columns), last, usual, np.minimum(last / (usual + 1), NEVER)], 1)


def _customer(histories: Interactions) -> Floats:
    """How much, how broadly and how lately each customer buys."""  # (n_customers, 6)
    n = histories.n_customers
    rate = [np.bincount(histories.customer, np.exp2(-histories.age_days / life), n) for life in HALF_LIVES]
    distinct = np.diff(histories.owned().indptr)
    newest = np.full(n, NEVER)
    np.minimum.at(newest, histories.customer, histories.age_days)
    return np.stack([*np.log1p(rate), np.log1p(distinct), np.log1p(histories.n_baskets()), newest], 1)


def _of_kind(histories: Interactions, code: Whole, rows: Long, columns: Long) -> Floats:
    """Fading count of the customer's purchases of the same kind of item, the item itself left out."""
    weight = np.exp2(-histories.age_days / np.float32(HALF_LIVES[1]))
    shape = (histories.n_customers, int(code.max(initial=0)) + 1)
    table = sp.coo_array((weight, (histories.customer, code[histories.item])), shape=shape).tocsr()
    same = lookup(table, rows, code[columns].astype(np.int64))
    itself = lookup(histories.counts(HALF_LIVES[1]), rows, columns)
    return np.where(code[columns] > 0, same - itself, -1)


def lookup(table: sp.csr_array, rows: Long, columns: Long, missing: float = 0.0) -> Floats:
    """Read single entries of a sparse table."""  # (n_pairs,)
    if not table.nnz:
        return np.full(len(rows), missing, np.float32)
    at = np.minimum(places(table, rows, columns), table.nnz - 1)
    row_of = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    found = (row_of[at] == rows) & (table.indices[at] == columns)
    return np.where(found, table.data[at], np.float32(missing))


def _like(table: sp.csr_array, data: Floats) -> sp.csr_array:
    return sp.csr_array((data, table.indices, table.indptr), shape=table.shape)
