"""Gradient-boosted trees, kept as plain arrays: scoring needs no library, and every
split says what it added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from .contract import NotFitted, State, check_labels
from .link_functions import Family, Floats

N_TREES, N_LEAVES, LEARNING_RATE, MIN_LEAF, PENALTY = 100, 8, 0.05, 40, 5.0
FIELDS = (
    "feature_",
    "threshold_",
    "missing_left_",
    "left_",
    "right_",
    "value_",
    "is_leaf_",
)


class Trees:
    """scikit-learn's histogram boosting; contributions go along each customer's way
    through the trees.

    A step from a node to its child adds the difference of their mean predictions to the
    feature that was asked (Saabas 2014): exact sums, however features interact.
    """

    key: ClassVar[str] = "boosting"

    def __init__(self, family: Family, names: Sequence[str], seed: int = 0) -> None:
        self.family, self.names, self.seed = family, tuple(names), seed
        self.bias_: float
        self.roots_: npt.NDArray[
            np.int64
        ]  # (n_trees,) places of the roots among all nodes

    def again(self) -> Self:
        """Return the same trees, unfitted."""
        return type(self)(self.family, self.names, self.seed)

    def fit(self, x: Floats, y: Floats) -> Self:
        """Learn from (n, d) and (n,), in one thread: the same rows give the same model;
        raise `NothingToLearn`.
        """
        # loaded beside what it holds back: only learning pays
        from threadpoolctl import threadpool_limits

        check_labels(self.family, y)
        model, scale = (
            self._unfitted(),
            1.0 if self.family is Family.YES else float(y.mean()),
        )
        with threadpool_limits(1):
            model.fit(x, y / scale)
        # the only door to the trees
        self._keep([trees[0].nodes for trees in model._predictors])
        self.bias_ += float(np.ravel(model._baseline_prediction)[0]) + float(
            np.log(scale)
        )
        return self

    def contributions(self, x: Floats) -> Floats:
        """Return what the splits on each feature add: (n, d)."""
        if not hasattr(self, "roots_"):
            raise NotFitted("this model was never fitted")
        found, rows = np.zeros((len(x), len(self.names))), np.arange(len(x))
        for root in self.roots_:
            at, going = np.full(len(x), root), rows
            while len(going := going[~self.is_leaf_[at[going]]]):
                here = at[going]
                feature = self.feature_[here]
                asked = x[going, feature]
                goes_left = np.where(
                    np.isnan(asked),
                    self.missing_left_[here],
                    asked <= self.threshold_[here],
                )
                there = np.where(goes_left, self.left_[here], self.right_[here])
                found[going, feature] += self.value_[there] - self.value_[here]
                at[going] = there
        return found

    def state(self) -> State:
        return {name: getattr(self, name) for name in (*FIELDS, "roots_")} | {
            "bias_": np.array(self.bias_)
        }

    @classmethod
    def from_state(cls, family: Family, names: Sequence[str], state: State) -> Self:
        made = cls(family, names)
        for name in (*FIELDS, "roots_"):
            setattr(made, name, state[name])
        made.bias_ = float(state["bias_"])
        return made

    def _unfitted(self) -> Any:
        # scikit-learn takes a second to load: only learning pays
        from sklearn.ensemble import (
            HistGradientBoostingClassifier,
            HistGradientBoostingRegressor,
        )

        how: dict[str, Any] = {
            "max_iter": N_TREES,
            "max_leaf_nodes": N_LEAVES,
            "learning_rate": LEARNING_RATE,
            "min_samples_leaf": MIN_LEAF,
            "l2_regularization": PENALTY,
            "early_stopping": False,
            "random_state": self.seed,
        }
        if self.family is Family.YES:
            return HistGradientBoostingClassifier(**how)
        return HistGradientBoostingRegressor(loss="poisson", **how)

    def _keep(self, trees: Sequence[npt.NDArray[Any]]) -> None:
        """Put all trees' nodes behind each other; inner nodes get the mean of the
        leaves below, weighted by rows.
        """
        starts = np.cumsum([0, *(len(tree) for tree in trees)])
        nodes = np.concatenate(trees)
        offset = np.repeat(starts[:-1], np.diff(starts))
        self.roots_ = starts[:-1].astype(np.int64)
        self.feature_ = nodes["feature_idx"].astype(np.int64)
        self.threshold_ = nodes["num_threshold"].astype(np.float64)
        self.missing_left_ = nodes["missing_go_to_left"].astype(bool)
        self.left_, self.right_ = nodes["left"] + offset, nodes["right"] + offset
        self.is_leaf_ = nodes["is_leaf"].astype(bool)
        self.value_ = _means(nodes, self.left_, self.right_, self.is_leaf_)
        self.bias_ = float(self.value_[self.roots_].sum())


def _means(
    nodes: npt.NDArray[Any], left: Any, right: Any, is_leaf: npt.NDArray[np.bool_]
) -> Floats:
    value, count = (
        nodes["value"].astype(np.float64).copy(),
        nodes["count"].astype(np.float64),
    )
    # children before their parents
    for place in np.argsort(nodes["depth"], kind="stable")[::-1]:
        if not is_leaf[place]:
            a, b = left[place], right[place]
            value[place] = (value[a] * count[a] + value[b] * count[b]) / max(
                count[a] + count[b], 1.0
            )
    return value
