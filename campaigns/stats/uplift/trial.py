"""A randomised experiment as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Trial:
    """Who was treated at random, what came of it, and what was known before."""

    features: np.ndarray  # (n, d) float; NaN is unknown; categories are 0, 1, 2 …
    is_treated: np.ndarray  # (n,) bool
    outcome: np.ndarray  # (n,) float
    is_category: np.ndarray  # (d,) bool
    names: tuple[str, ...]  # (d,)

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def share(self) -> float:
        """The share that was treated."""
        return float(self.is_treated.mean())

    def at(self, rows: np.ndarray) -> Trial:
        """Return the rows of a mask or an index."""
        return Trial(
            self.features[rows],
            self.is_treated[rows],
            self.outcome[rows],
            self.is_category,
            self.names,
        )
