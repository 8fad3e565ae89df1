"""An index of vectors: cells around centres, of which only the nearest are looked at
(an inverted file).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .store import Floats, Rows

PER_CELL = 500  # vectors, about
LOOKED_AT = 0.06  # share of the cells
SCHOOL = 50_000  # vectors that the centres are learned from
ROWS_AT_ONCE = 20_000
SEED = 0


@dataclass(frozen=True)
class Cells:
    """Which rows belong to which centre."""

    centres: Floats  # (n_cells, d)
    rows: Rows  # (n,) ordered by cell
    starts: Rows  # (n_cells + 1,)

    @classmethod
    def of(cls, vectors: Floats) -> Cells:
        """Learn centres from a sample and give every vector to the nearest."""
        # scikit-learn takes a second to load: only learning pays
        from sklearn.cluster import MiniBatchKMeans

        n_cells = max(len(vectors) // PER_CELL, 1)
        chosen = np.random.default_rng(SEED).choice(
            len(vectors), min(SCHOOL, len(vectors)), replace=False
        )
        means = MiniBatchKMeans(n_cells, batch_size=4_096, n_init=1, random_state=SEED)
        centres = means.fit(
            np.asarray(vectors[np.sort(chosen)], np.float32)
        ).cluster_centers_.astype(np.float32)
        # nearest by distance is largest by v · c - |c|² / 2: one product of matrices
        # does it
        half = (centres**2).sum(1) / 2
        at = range(0, len(vectors), ROWS_AT_ONCE)
        own = np.concatenate(
            [
                (vectors[one : one + ROWS_AT_ONCE] @ centres.T - half).argmax(1)
                for one in at
            ]
        )
        starts = np.searchsorted(np.sort(own), np.arange(n_cells + 1))
        return cls(centres, np.argsort(own, kind="stable"), starts)

    def near(self, vector: Floats) -> Rows:
        """Return the rows of the cells nearest to a vector."""
        n_cells = max(round(LOOKED_AT * len(self.centres)), min(8, len(self.centres)))
        best = np.argsort(
            -(self.centres @ vector - (self.centres**2).sum(1) / 2), kind="stable"
        )[:n_cells]
        return np.concatenate(
            [self.rows[self.starts[cell] : self.starts[cell + 1]] for cell in best]
        )
