"""A learned second look at the best candidates: gradient boosting on what was bought in
a later window.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.engines.base import Flags, Floats

if TYPE_CHECKING:
    # slow to load, and web processes read cards only
    from sklearn.ensemble import HistGradientBoostingClassifier

# fewer bought candidates teach nothing that the linear blend does not know
MIN_HITS = 500

# the samples are small; on a busy machine more threads wait for each other and burn the
# cores
ONE_THREAD = 1


@dataclass
class Reranker:
    """Estimates the log-odds that a candidate will be bought in the window after the
    moment of prediction.
    """

    seed: int = 0
    trees_: HistGradientBoostingClassifier | None = field(
        default=None, init=False, repr=False
    )

    def fit(self, features: Floats, is_bought: Flags) -> Reranker:
        """Learn from candidates of past windows; with too few hits stay silent."""
        # scikit-learn takes a second to load: only learning pays
        from sklearn.ensemble import HistGradientBoostingClassifier

        if is_bought.sum() >= MIN_HITS:
            trees = HistGradientBoostingClassifier(
                max_iter=120,
                learning_rate=0.06,
                max_leaf_nodes=15,
                min_samples_leaf=200,
                l2_regularization=10,
                early_stopping=False,
                random_state=self.seed,
            )
            with threadpool_limits(ONE_THREAD):
                self.trees_ = trees.fit(features, is_bought)
        return self

    @property
    def is_silent(self) -> bool:
        return self.trees_ is None

    def margin(self, features: Floats) -> Floats:
        """Log-odds of a purchase."""  # (n_pairs,)
        if self.trees_ is None:
            return np.zeros(len(features), np.float32)
        with threadpool_limits(ONE_THREAD):
            return self.trees_.decision_function(features).astype(np.float32)
