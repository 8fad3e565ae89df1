"""Factors of customers and items from weighted least squares in turn (Hu, Koren &
Volinsky 2008).

Known to lose to linear item models where people buy again, so it is no part of the
hybrid: it stands beside it in the benchmarks, and shops may plug it in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from .base import Engine, Floats, Interactions, Items, Long, Reason

AT_ONCE = 512  # rows whose small systems are solved together


@dataclass
class Als(Engine):
    """Preference 1 for what was bought, with confidence 1 + α · count; 0 with
    confidence 1 for all else.
    """

    key: ClassVar[str] = "als"
    variants = ({"factors": 64},)

    factors: int = 64
    alpha: float = 1.0
    ridge: float = 10.0
    rounds: int = 12
    half_life: float | None = None  # days, of the counts
    seed: int = 0
    items_: Floats = field(init=False, repr=False)  # (n_items, factors)

    def _learn(self, past: Interactions, items: Items) -> None:
        table = self._table(past)
        by_item = table.T.tocsr()
        dice = np.random.default_rng(self.seed)
        self.items_ = (
            dice.standard_normal((past.n_items, self.factors)) * 0.01
        ).astype(np.float32)
        for _round in range(self.rounds):
            customers = self._solve(table, self.items_)
            self.items_ = self._solve(by_item, customers)

    def _score(self, histories: Interactions) -> Floats:
        return self._solve(self._table(histories), self.items_) @ self.items_.T

    def reasons(
        self, histories: Interactions, rows: Long, columns: Long
    ) -> list[Reason | None]:
        """The bought item whose factors point most the same way, weighed by how often
        it was bought.
        """
        table = self._table(histories)
        return [
            self._reason(table, row, column)
            for row, column in zip(rows, columns, strict=True)
        ]

    def _reason(self, table: sp.csr_array, row: int, column: int) -> Reason | None:
        own = slice(table.indptr[row], table.indptr[row + 1])
        if own.start == own.stop:
            return None
        adds = (1 + self.alpha * table.data[own]) * (
            self.items_[table.indices[own]] @ self.items_[column]
        )
        top = int(adds.argmax())
        return (
            Reason("often_with", item=int(table.indices[own][top]))
            if adds[top] > 0
            else None
        )

    def _table(self, histories: Interactions) -> sp.csr_array:
        return histories.counts(np.inf if self.half_life is None else self.half_life)

    def _solve(
        self, table: sp.csr_array, others: Floats
    ) -> Floats:  # (n_rows, factors)
        """Find each row's factors given the other side's: equation 4 of the paper."""
        found = np.zeros((table.shape[0], self.factors), np.float32)
        # what nobody bought is the same for every row: computed once, corrected by what
        # she did
        base = others.T @ others + self.ridge * np.eye(self.factors, dtype=np.float32)
        busy = np.flatnonzero(np.diff(table.indptr))
        for start in range(0, len(busy), AT_ONCE):
            rows = busy[start : start + AT_ONCE]
            left = np.empty((len(rows), self.factors, self.factors), np.float32)
            right = np.empty((len(rows), self.factors, 1), np.float32)
            for place, row in enumerate(rows):
                own = slice(table.indptr[row], table.indptr[row + 1])
                taken, extra = others[table.indices[own]], self.alpha * table.data[own]
                left[place] = base + taken.T @ (taken * extra[:, None])
                right[place, :, 0] = (1 + extra) @ taken
            found[rows] = np.linalg.solve(left, right)[:, :, 0]
        return found
