"""What this customer buys again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from recommender.matrices.interaction_matrix import places

from .base import Engine, Floats, Interactions, Items, Long, Reason

TIE = 1e-5  # weight of the best seller beside one purchase of today


@dataclass
class Personal(Engine):
    """Decayed number of the customer's own purchases of each item; what sells best
    comes first among equals.
    """

    key: ClassVar[str] = "personal"
    variants = (
        {"half_life": 30.0},
        {"half_life": 90.0},
        {"half_life": 180.0},
        {"half_life": np.inf},
    )

    half_life: float = 90.0  # days
    tie_: Floats = field(
        init=False, repr=False
    )  # (n_items,) below any single purchase of interest

    def _learn(self, past: Interactions, items: Items) -> None:
        sold = np.bincount(past.item, minlength=past.n_items)
        self.tie_ = (TIE * sold / max(sold.max(initial=0), 1)).astype(np.float32)

    def _score(self, histories: Interactions) -> Floats:
        return histories.counts(self.half_life).toarray() + self.tie_

    def reasons(
        self, histories: Interactions, rows: Long, columns: Long
    ) -> list[Reason | None]:
        return bought_before(histories, rows, columns)


def bought_before(
    histories: Interactions, rows: Long, columns: Long
) -> list[Reason | None]:
    """Say how often and how long ago each customer bought each item; None where never."""
    table = histories.table(np.ones(len(histories), np.float32))
    youngest = np.full(table.nnz, np.inf, np.float32)
    np.minimum.at(
        youngest, places(table, histories.customer, histories.item), histories.age_days
    )
    at = np.minimum(places(table, rows, columns), max(table.nnz - 1, 0))
    row_of = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    has = (
        (row_of[at] == rows) & (table.indices[at] == columns)
        if table.nnz
        else np.zeros(len(rows), bool)
    )
    answers: list[Reason | None] = [None] * len(rows)
    for pair, place in zip(np.flatnonzero(has).tolist(), at[has].tolist(), strict=True):
        answers[pair] = Reason(
            "again", n=round(float(table.data[place])), days=int(youngest[place])
        )
    return answers
