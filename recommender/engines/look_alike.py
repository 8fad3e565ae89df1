"""What customers with the same habits buy (after TIFU-kNN, Hu et al. 2020, arXiv
2006.00556).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recommender.matrices.item_neighbours import scaled

from .base import Engine, Floats, Interactions, Items, Long, Reason
from .personal import bought_before

# customers kept to look among; more do not change who is near, only the cost
MAX_CROWD = 20_000
SEED = 0


@dataclass
class LookAlike(Engine):
    """Mixes the customer's own fading counts with the mean of the k nearest other
    customers'.
    """

    key: ClassVar[str] = "look_alike"
    variants = (
        {"own": 0.7, "half_life": 90.0},
        {"own": 0.8, "half_life": 180.0},
        {"own": 0.0, "half_life": 90.0},
    )

    own: float = 0.7
    half_life: float = 90.0  # days
    k: int = 300
    crowd_: sp.csr_array = field(
        init=False, repr=False
    )  # (n_crowd, n_items) fading counts
    unit_: sp.csr_array = field(
        init=False, repr=False
    )  # (n_items, n_crowd) the same at length 1
    keys_: Long = field(init=False, repr=False)  # (n_crowd,)

    def _learn(self, past: Interactions, items: Items) -> None:
        active = np.unique(past.customer)
        if len(active) > MAX_CROWD:
            active = np.sort(
                np.random.default_rng(SEED).choice(active, MAX_CROWD, replace=False)
            )
        crowd = past.of(active)
        self.keys_, self.crowd_ = crowd.keys, crowd.counts(self.half_life)
        self.unit_ = _unit(self.crowd_).T.tocsr()

    def holds(self, customers: Long) -> bool:
        """Say whether any of these customers, by key, is in the crowd."""
        return bool(np.isin(self.keys_, customers).any())

    def forget(self, customers: Long) -> None:
        """Take customers out of the crowd for good."""
        stays = ~np.isin(self.keys_, customers)
        self.keys_, self.crowd_, self.unit_ = (
            self.keys_[stays],
            self.crowd_[stays],
            self.unit_[:, stays].tocsr(),
        )

    def _score(self, histories: Interactions) -> Floats:
        mine = histories.counts(self.half_life)
        theirs = self._nearest(mine, histories.keys) @ self.crowd_
        return (self.own * mine + (1 - self.own) * theirs).toarray()

    def _nearest(self, mine: sp.csr_array, keys: Long) -> sp.csr_array:  # (n, n_crowd)
        """Weigh the k nearest others of each customer alike, never the customer
        herself.
        """
        near = (_unit(mine) @ self.unit_).toarray()
        near[keys[:, None] == self.keys_[None, :]] = 0
        k = min(self.k, near.shape[1])
        top = (
            np.argpartition(-near, k - 1, axis=1)[:, :k]
            if k
            else np.zeros((len(near), 0), int)
        )
        is_near = np.take_along_axis(near, top, 1) > 0
        rows, ranks = np.nonzero(is_near)
        share = (1 / np.maximum(is_near.sum(1), 1)).astype(np.float32)[rows]
        return sp.csr_array((share, (rows, top[rows, ranks])), shape=near.shape)

    def reasons(
        self, histories: Interactions, rows: Long, columns: Long
    ) -> list[Reason | None]:
        used, which = np.unique(rows, return_inverse=True)
        nearest = self._nearest(
            histories.of(used).counts(self.half_life), histories.keys[used]
        )
        buyers = (
            (nearest > 0).astype(np.float32) @ (self.crowd_ > 0).astype(np.float32)
        ).toarray()
        found = buyers[which, columns].astype(int) if len(rows) else []
        own = (
            bought_before(histories, rows, columns) if self.own else [None] * len(rows)
        )
        return [
            mine or (Reason("like_you", n=int(n)) if n else None)
            for mine, n in zip(own, found, strict=True)
        ]


def _unit(table: sp.csr_array) -> sp.csr_array:
    length = np.sqrt(np.asarray(table.multiply(table).sum(1)).ravel())
    return scaled(
        table, rows=np.divide(1, length, out=np.zeros_like(length), where=length > 0)
    )
