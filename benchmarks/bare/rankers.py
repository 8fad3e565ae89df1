"""The plain recommenders that the hybrid has to beat, as they were measured before it
existed. Scores only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from recommender.engines.content import BLOCK
from recommender.engines.item_knn import bm25
from recommender.matrices.item_neighbours import keep_strongest

if TYPE_CHECKING:
    from benchmarks.shops.real import Shop
    from recommender.engines.base import Flags, Floats, Interactions, Items, Long

N_ALIKE = 100  # items, itself among them
NEAR, SHARPNESS = 50, 8
AHEAD = 1e6  # what was bought before stands before everything else


def bm25_neighbours(shop: Shop, judges: Interactions) -> Floats:
    """Items are documents, customers are words; each item is among its own nearest."""
    weighted = bm25(shop.past.counts().T.tocsr(), b=0.8)
    # no column is left out
    links = keep_strongest(weighted @ weighted.T, N_ALIKE, first_row=weighted.shape[0])
    return (judges.counts() @ links).toarray()


def cosine_neighbours(shop: Shop, judges: Interactions) -> Floats:
    """All items by how many customers they share, for what was ever bought."""
    taken = shop.past.owned()
    size = np.sqrt(
        np.maximum(np.bincount(taken.indices, minlength=taken.shape[1]), 1)
    ).astype(np.float32)
    alike = (taken.T @ taken).toarray() / np.outer(size, size)
    np.fill_diagonal(alike, 0)
    return judges.owned() @ alike


def buyers(shop: Shop, judges: Interactions) -> Floats:
    """How many customers ever bought an item, the same for everybody."""
    sold = np.bincount(shop.past.owned().indices, minlength=shop.past.n_items).astype(
        np.float32
    )
    return np.broadcast_to(sold, (judges.n_customers, len(sold)))


def own_then_popular(shop: Shop, known: Interactions) -> Floats:
    """What the customer has, best sellers first, and then what sells."""
    sold = np.bincount(shop.past.item, minlength=shop.past.n_items)
    return (known.owned().toarray() * AHEAD + sold).astype(np.float32)


def words(shop: Shop, judges: Interactions) -> Floats:
    """TF-IDF of words and pairs of words, for everything ever bought."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    read = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), stop_words="english")
    table = sp.csr_array(read.fit_transform([text or "-" for text in shop.texts]))
    return (judges.owned() @ table @ table.T).toarray().astype(np.float32)


def mixed(some: Floats, others: Floats, share: float) -> Floats:
    """Add both, each brought to the same spread for every customer."""
    return share * _spread(some) + (1 - share) * _spread(others)


def same_category(items: Items, judges: Interactions, hidden: Long) -> Floats:
    """How often the customer bought of the hidden items' category."""
    bought = sp.csr_array(judges.counts())
    alike = (items.category[:, None] == items.category[None, hidden]).astype(np.float32)
    return bought @ alike


def meaning(
    items: Items, hidden: Long, known: Flags, n_near: int
) -> Floats:  # (n_items, n_hidden)
    """Link every known item to the hidden ones by cosine^8 of the words, the nearest
    only.
    """
    vectors = items.vectors[items.text]
    links = np.zeros((len(items), len(hidden)), np.float32)
    for start in range(0, len(hidden), BLOCK):
        cosine = np.where(
            known[:, None], vectors @ vectors[hidden[start : start + BLOCK]].T, 0
        )
        least = np.partition(cosine, -n_near, axis=0)[-n_near]
        links[:, start : start + BLOCK] = np.where(
            cosine >= least, np.maximum(cosine, 0) ** SHARPNESS, 0
        )
    return links


def _spread(scores: Floats) -> Floats:
    deviation = scores.std(1, keepdims=True)
    return (scores - scores.mean(1, keepdims=True)) / np.where(
        deviation > 0, deviation, 1
    )
