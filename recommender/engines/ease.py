"""A linear model of every item from all others (Steck 2019, arXiv 1905.03375), on
fading counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from scipy.linalg.lapack import spotrf, spotri

from .base import Engine, Floats, Interactions, Items, Long, Reason

# the inverse costs their cube; rarer items are left to the other engines
MAX_ITEMS = 4_000

# one multiplication in a sparse product beside one in a dense product
SPARSE_COST = 200
ROWS_AT_ONCE = 2_000


@dataclass
class Ease(Engine):
    """B = I − P / diag(P), P = (XᵀX + λI)⁻¹, with X = log(1 + decayed counts), or 0/1
    when `half_life` is None.
    """

    key: ClassVar[str] = "ease"
    variants = (
        {"half_life": 180.0, "ridge": 100.0},
        {"half_life": 45.0, "ridge": 100.0},
        {"fade": 0.8, "ridge": 200.0},
    )

    half_life: float | None = None  # days
    fade: float | None = None  # weight lost per order since, instead of a half-life
    ridge: float = 500.0
    columns_: Long = field(init=False, repr=False)  # (m,) the items it models
    weights_: Floats = field(init=False, repr=False)  # (m, m)

    def _table(self, histories: Interactions) -> sp.csr_array:
        if self.fade is not None:
            return histories.recency(self.fade)
        if self.half_life is None:
            return histories.owned()
        table = histories.counts(self.half_life)
        table.data = np.log1p(table.data)
        return table

    def _learn(self, past: Interactions, items: Items) -> None:
        sold = np.bincount(past.item, minlength=past.n_items)
        most = np.argsort(-sold, kind="stable")[:MAX_ITEMS]
        self.columns_ = np.sort(most[sold[most] > 0])
        x = self._table(past)[:, self.columns_]
        gram = _gram(x)
        gram[np.diag_indices_from(gram)] += self.ridge
        self.weights_ = _without_self(gram)

    def _score(self, histories: Interactions) -> Floats:
        scores = np.zeros((histories.n_customers, histories.n_items), np.float32)
        scores[:, self.columns_] = (
            self._table(histories)[:, self.columns_] @ self.weights_
        )
        return scores

    def reasons(
        self, histories: Interactions, rows: Long, columns: Long
    ) -> list[Reason | None]:
        table = self._table(histories)[:, self.columns_]
        place = np.full(histories.n_items, -1)
        place[self.columns_] = np.arange(len(self.columns_))
        return [
            self._reason(table, row, place[column])
            for row, column in zip(rows, columns, strict=True)
        ]

    def _reason(self, table: sp.csr_array, row: int, place: int) -> Reason | None:
        own = slice(table.indptr[row], table.indptr[row + 1])
        if place < 0 or own.start == own.stop:
            return None
        adds = table.data[own] * self.weights_[table.indices[own], place]
        top = int(adds.argmax())
        return (
            Reason("often_with", item=int(self.columns_[table.indices[own][top]]))
            if adds[top] > 0
            else None
        )


def _gram(x: sp.csr_array) -> Floats:
    """Compute XᵀX by the cheaper way: long histories dense, short ones sparse."""  # (m, m)
    sparse_work = float((np.diff(x.indptr).astype(float) ** 2).sum())
    if sparse_work * SPARSE_COST < float(x.shape[0]) * x.shape[1] ** 2:
        return (x.T @ x).toarray().astype(np.float32)
    gram = np.zeros((x.shape[1], x.shape[1]), np.float32)
    for start in range(0, x.shape[0], ROWS_AT_ONCE):
        block = x[start : start + ROWS_AT_ONCE].toarray()
        gram += block.T @ block
    return gram


def _without_self(gram: Floats) -> Floats:
    """Solve EASE's closed form: eq. 8 of the paper, the inverse by Cholesky."""
    if not len(gram):
        return gram
    # in place: each copy of the matrix would be as large as the model. It is symmetric,
    # so its transpose is itself, in the order of columns that LAPACK wants.
    factor, _ = spotrf(gram.T, lower=1, overwrite_a=1)
    lower, _ = spotri(factor, lower=1, overwrite_c=1)
    inverse = lower.T  # rows in order again: sparse products would copy it otherwise
    for start in range(0, len(inverse), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        square = inverse[rows, rows]
        square[:] = np.triu(square) + np.triu(square, 1).T
        inverse[rows.stop :, rows] = inverse[rows, rows.stop :].T
    inverse /= -np.diag(inverse).copy()
    # an item must not recommend itself: the constraint of the model, not a nicety
    inverse[np.diag_indices_from(inverse)] = 0
    return inverse
