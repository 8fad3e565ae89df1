"""Items whose words mean the same: the only knowledge there is of an item that nobody
has bought yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recommender.matrices.item_neighbours import strongest_links

from .base import Engine, Floats, Interactions, Items, Long, Reason, Whole, standardise
from .look_alike import LookAlike

BLOCK = 1_024  # texts compared at once
SHARPNESS = 4  # power of the cosine: near neighbours count, far ones vanish
NEAREST = 0.1  # items, by nearness: a place with fewer is empty


@dataclass
class Content(Engine):
    """How well the neighbours in meaning sell, and how much of them the customer and
    customers like her bought.

    Texts, not items, are compared: items with the same words are one. Vectors are
    centred first, since some models crowd all texts into one corner.
    """

    key: ClassVar[str] = "content"
    needs_texts: ClassVar[bool] = True
    variants = ({"taste": 0.5},)  # learned by hiding items, not on what was sold

    taste: float = 0.5  # share of what the customer likes beside the shop's sales
    # liking counts per item nearby, not all of them together: crowded places gain
    # nothing
    by_item: bool = False
    half_life: float = 90.0  # days
    k: int = 50
    text_: Whole = field(init=False, repr=False)  # (n_items,)
    # (n_texts, n_texts) cosine^4 of the k nearest
    near_: sp.csr_array = field(init=False, repr=False)
    # (n_items,) sales per item among the neighbours
    expected_: Floats = field(init=False, repr=False)
    crowd_: LookAlike = field(init=False, repr=False)
    # (n_texts,) items that sell nearby, by nearness
    n_near_: Floats = field(init=False, repr=False)

    def _learn(self, past: Interactions, items: Items) -> None:
        self.text_ = items.text
        self.near_ = nearest(items.vectors, self.k)
        self.crowd_ = LookAlike(half_life=self.half_life).fit(past, items)
        sold: Floats = np.bincount(
            past.item, np.exp2(-past.age_days / self.half_life), past.n_items
        ).astype(np.float32)
        self.n_near_ = self._count_near(sold)
        self.expected_ = self._expected_sales(sold)

    def _count_near(self, sold: Floats) -> Floats:
        known = (self.text_ >= 0) & (sold > 0)
        return self.near_ @ np.bincount(
            self.text_[known], minlength=self.near_.shape[0]
        ).astype(float)

    def _expected_sales(self, sold: Floats) -> Floats:
        """Average the sales of the items near each item, itself left out."""
        n_texts = self.near_.shape[0]
        known = (self.text_ >= 0) & (sold > 0)
        sum_of = self.near_ @ np.bincount(self.text_[known], sold[known], n_texts)
        texts = np.maximum(self.text_, 0)
        rest = (
            np.where(known, sum_of[texts] - sold, sum_of[texts])
            if n_texts
            else np.zeros(len(sold))
        )
        others = (
            np.where(known, self.n_near_[texts] - 1, self.n_near_[texts])
            if n_texts
            else np.zeros(len(sold))
        )
        mean = np.divide(
            rest,
            others,
            out=np.zeros(len(sold)),
            where=(others > 1e-6) & (self.text_ >= 0),
        )
        return np.maximum(mean, 0).astype(np.float32)

    def _weights(self, histories: Interactions) -> sp.csr_array:
        """Fading counts per text."""  # (n, n_texts)
        read = histories.take(self.text_[histories.item] >= 0)
        weight = np.exp2(-read.age_days / np.float32(self.half_life))
        shape = (histories.n_customers, self.near_.shape[0])
        return sp.coo_array(
            (weight, (read.customer, self.text_[read.item])), shape=shape
        ).tocsr()

    def _score(self, histories: Interactions) -> Floats:
        return self.mixed(self.liking(histories), self.taste, by_item=self.by_item)

    def liking(self, histories: Interactions) -> Floats:  # (n, n_texts)
        """Add up what each customer and customers like her bought near each text."""
        known = np.flatnonzero(self.text_ >= 0)
        ones = np.ones(len(known), np.float32)
        texts = sp.csr_array(
            (ones, (known, self.text_[known])),
            shape=(len(self.text_), self.near_.shape[0]),
        )
        return (
            (sp.csr_array(self.crowd_.score(histories)) @ texts @ self.near_.T)
            .toarray()
            .astype(np.float32)
        )

    def mixed(self, liking: Floats, taste: float, *, by_item: bool) -> Floats:
        """Mix what the customers like with what the shop sells."""  # (n, n_items)
        known = self.text_ >= 0
        scores = np.zeros((len(liking), len(known)), np.float32)
        if not known.any():
            return scores
        per = (
            np.maximum(self.n_near_, NEAREST).astype(np.float32)
            if by_item
            else np.float32(1)
        )
        liked: Floats = liking / per
        sells = standardise(np.log1p(self.expected_[known])[None, :])
        scores[:, known] = (
            taste * _levelled(liked[:, self.text_[known]]) + (1 - taste) * sells
        )
        return scores

    def reasons(
        self, histories: Interactions, rows: Long, columns: Long
    ) -> list[Reason | None]:
        texts = self.text_[columns].astype(np.int64)
        named = strongest_links(
            self._weights(histories), self._into, rows, np.maximum(texts, 0), "similar"
        )
        readable = [
            reason if text >= 0 else None
            for reason, text in zip(named, texts, strict=True)
        ]
        return [
            self._item_for(histories, row, reason)
            for row, reason in zip(rows, readable, strict=True)
        ]

    @cached_property
    def _into(self) -> sp.csc_array:
        return self.near_.tocsc()

    def _item_for(
        self, histories: Interactions, row: int, reason: Reason | None
    ) -> Reason | None:
        """Turn the named text into the newest item of the customer that has it."""
        if reason is None:
            return None
        own = histories.item[
            np.searchsorted(histories.customer, row) : np.searchsorted(
                histories.customer, row + 1
            )
        ]
        return Reason("similar", item=int(own[self.text_[own] == reason.item][-1]))


def _levelled(liked: Floats) -> Floats:
    """Bring each row to a mean square of 1: what is liked less counts less, however
    little else is liked.
    """
    size = np.sqrt(np.einsum("ij,ij->i", liked, liked) / liked.shape[1])
    return liked * np.divide(1, size, out=np.zeros_like(size), where=size > 0)[:, None]


def nearest(vectors: Floats, k: int) -> sp.csr_array:  # (n_texts, n_texts)
    """Link each text with itself and its k nearest others by cosine^4 of the centred
    vectors.
    """
    n = len(vectors)
    k = min(k + 1, n)
    if n < 2:
        return sp.csr_array((n, n), dtype=np.float32)
    centred = vectors - vectors.mean(0)
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    columns = np.empty((n, k), np.int64)
    cosines = np.empty((n, k), np.float32)
    for start in range(0, n, BLOCK):
        block = centred[start : start + BLOCK] @ centred.T
        block[np.arange(len(block)), start + np.arange(len(block))] = 1
        top = np.argpartition(-block, k - 1, axis=1)[:, :k]
        columns[start : start + BLOCK], cosines[start : start + BLOCK] = (
            top,
            np.take_along_axis(block, top, 1),
        )
    weight = np.maximum(cosines, 0) ** SHARPNESS
    table = sp.csr_array(
        (weight.ravel(), columns.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n)
    )
    table.sort_indices()
    return table
