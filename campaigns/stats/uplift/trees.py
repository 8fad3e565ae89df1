"""The one base model of all learners: small boosted trees, squared error.

Effects are tiny beside the noise of single customers: few leaves, many rows in each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

MOST_BINS = 64
# More rows sharpen a tree of eight leaves no further, and each costs time.
MOST_ROWS = 600_000
SEED = 20_260


@dataclass(frozen=True)
class Shape:
    n_trees: int
    n_leaves: int
    rate: float
    # of the rows, in each leaf at least
    smallest_share: float
    smallest: int


OUTCOME = Shape(60, 8, 0.08, 0.005, 20)
EFFECT = Shape(40, 6, 0.08, 0.02, 40)


class Constant:
    """What a model says where there is nothing to learn from."""

    def __init__(self, value: float) -> None:
        self.value = value

    def predict(self, features: np.ndarray) -> np.ndarray:
        return np.full(len(features), self.value)


Model: TypeAlias = HistGradientBoostingRegressor | Constant


def fit(
    features: np.ndarray, target: np.ndarray, is_category: np.ndarray, shape: Shape
) -> Model:
    """Fit the trees; a target or features that don't vary give a constant."""
    if len(target) > MOST_ROWS:
        drawn = np.random.default_rng(SEED).choice(
            len(target), MOST_ROWS, replace=False
        )
        features, target = features[drawn], target[drawn]
    if not len(target) or not features.shape[1] or np.ptp(target) == 0:
        return Constant(float(target.mean()) if len(target) else 0.0)
    trees = HistGradientBoostingRegressor(
        max_iter=shape.n_trees,
        max_leaf_nodes=shape.n_leaves,
        learning_rate=shape.rate,
        min_samples_leaf=max(shape.smallest, int(shape.smallest_share * len(target))),
        max_bins=MOST_BINS,
        categorical_features=is_category,
        early_stopping=False,
        random_state=SEED,
    )
    return trees.fit(features, target)
