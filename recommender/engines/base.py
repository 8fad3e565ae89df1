"""The contract of a recommender engine: arrays in, arrays out, no Django, no clock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from recommender.matrices.interaction_matrix import (
    Flags,
    Floats,
    Interactions,
    Long,
    Whole,
)


class NotFitted(RuntimeError):
    """An engine was asked before it had learned anything."""


@dataclass(frozen=True, slots=True)
class Items:
    """What is known of the items besides who bought them, one row per column of the
    interactions.
    """

    category: Whole  # (n_items,) code of the finest category, -1 unknown
    group: Whole  # (n_items,) code of the coarsest category, -1 unknown
    # (n_items,) row of `vectors`; items with the same words share one; -1 without
    # readable text
    text: Whole
    vectors: Floats  # (n_texts, d) of unit length

    def __len__(self) -> int:
        return len(self.category)

    def of(self, columns: Long) -> Items:
        """Keep these items, in this order."""
        return Items(
            self.category[columns],
            self.group[columns],
            self.text[columns],
            self.vectors,
        )

    @classmethod
    def unknown(cls, n_items: int) -> Items:
        """Items of which nothing is known but that they exist."""
        nothing = np.full(n_items, -1, np.int32)
        return cls(nothing, nothing, nothing, np.zeros((0, 1), np.float32))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is in a list: a kind that the serving layer puts into words, and its
    facts.
    """

    kind: str
    n: int = 0  # how often
    days: int = 0  # how long ago
    item: int = -1  # column of the item that led here


@dataclass
class Engine(ABC):
    """Learns from a shop's interactions and scores every item for any customer's
    history.

    What `fit` learns ends in an underscore. Histories given to `score` need not be of
    customers seen in `fit`. Scores are comparable within one customer only; 0 means
    "nothing known".
    """

    key: ClassVar[str]
    # settings worth trying on a validation window
    variants: ClassVar[Sequence[Mapping[str, Any]]] = ({},)
    # learns nothing from a shop whose items have no readable text
    needs_texts: ClassVar[bool] = False
    # words of its own kinds of reason; %(n)d, %(days)d and %(title)s stand for facts
    said: ClassVar[Mapping[str, Any]] = {}
    is_fitted: bool = field(default=False, init=False, repr=False)

    def fit(self, past: Interactions, items: Items) -> Self:
        """Learn from what all customers did and return self."""
        self._learn(past, items)
        self.is_fitted = True
        return self

    def score(self, histories: Interactions) -> Floats:
        """Score all items for these customers."""  # (n_customers, n_items)
        if not self.is_fitted:
            raise NotFitted(
                f"the {self.key} engine has not been fitted; run learn first"
            )
        return self._score(histories)

    @abstractmethod
    def _learn(self, past: Interactions, items: Items) -> None: ...

    @abstractmethod
    def _score(self, histories: Interactions) -> Floats: ...

    @abstractmethod
    def reasons(
        self, histories: Interactions, rows: Long, columns: Long
    ) -> list[Reason | None]:
        """Say why each (customer row, item column) scored; None where this engine had
        nothing to say.
        """


def standardise(scores: Floats) -> Floats:
    """Bring each customer's scores to deviation 1, so that engines can be added; a row
    without differences becomes 0.

    The mean stays: it moves all items of a customer alike, and 0 keeps its meaning of
    "nothing known".
    """
    if not scores.size:
        return scores
    mean = scores.mean(1)
    variance = np.einsum("ij,ij->i", scores, scores) / max(scores.shape[1], 1) - mean**2
    tiny = 1e-9 * np.maximum(mean**2, 1e-30)
    factor = np.where(variance > tiny, 1 / np.sqrt(np.maximum(variance, tiny)), 0)
    return scores * factor[:, None].astype(np.float32)


def best(scores: Floats, k: int) -> Long:  # (n, min(k, n_items))
    """Give the columns of the k best scores of each row, best first; equal scores by
    column.
    """
    width = scores.shape[1]
    if k < width:
        top = np.argpartition(scores, width - k, axis=1)[:, width - k :]
        top.sort(axis=1)
    else:
        top = np.broadcast_to(np.arange(width), scores.shape)
    by = np.argsort(-np.take_along_axis(scores, top, 1), axis=1, kind="stable")
    return np.take_along_axis(top, by, 1)


__all__ = [
    "Engine",
    "Flags",
    "Floats",
    "Interactions",
    "Items",
    "Long",
    "NotFitted",
    "Reason",
    "Whole",
    "best",
    "standardise",
]
