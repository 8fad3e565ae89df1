"""Gradient-boosted trees, with what each fact added along the paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from .base import Floats, NotFitted

ONE_THREAD = 1  # small tables: on a busy machine more threads only wait for each other


@dataclass
class Boosting:
    """Many shallow trees; unknown facts go their own way in each."""

    key: ClassVar[str] = "boosting"
    seed: int = 0
    trees_: Any = field(default=None, init=False, repr=False)

    def fit(self, facts: Floats, happened: Floats) -> Boosting:
        trees = HistGradientBoostingClassifier(
            max_iter=150,
            learning_rate=0.04,
            max_leaf_nodes=12,
            min_samples_leaf=60,
            l2_regularization=20,
            early_stopping=False,
            random_state=self.seed,
        )
        with threadpool_limits(ONE_THREAD):
            self.trees_ = trees.fit(facts, happened)
        return self

    @property
    def base_(self) -> float:
        return float(self._fitted._baseline_prediction.ravel()[0]) + sum(float(n["value"][0]) for n in self._nodes())

    def margin(self, facts: Floats) -> Floats:
        with threadpool_limits(ONE_THREAD):
            return self._fitted.decision_function(facts)

    def contributions(self, facts: Floats) -> Floats:
        """Credit each step of a path with the change of the expected margin (Saabas 2014)."""
        added = np.zeros(facts.shape)
        for nodes in self._nodes():
            _walk(nodes, facts, added)
        return added

    @property
    def _fitted(self) -> Any:
        if self.trees_ is None:
            raise NotFitted("the boosting scorer has not been fitted; run learn first")
        return self.trees_

    def _nodes(self) -> list[Any]:
        """The nodes of each tree; every node's value is the expected margin of who gets there."""
        return [_expected(tree.nodes) for (tree,) in self._fitted._predictors]


def _expected(nodes: Any) -> Any:
    """Give inner nodes the mean of their leaves, weighted by training rows, so that steps add up to the leaf."""
    nodes = nodes.copy()
    for number in range(len(nodes) - 1, -1, -1):  # children stand behind their parents
        node = nodes[number]
        if not node["is_leaf"]:
            left, right = nodes[node["left"]], nodes[node["right"]]
            total = float(left["count"]) + float(right["count"])
            nodes["value"][number] = (left["value"] * left["count"] + right["value"] * right["count"]) / total
    return nodes


def _walk(nodes: Any, facts: Floats, added: Floats) -> None:
    """Send all rows down one tree and credit each step to the fact that was asked."""
    rows = np.arange(len(facts))
    at = np.zeros(len(facts), np.int64)
    while len(rows := rows[nodes["is_leaf"][at[rows]] == 0]):
        here = nodes[at[rows]]
        asked = here["feature_idx"].astype(np.int64)
        fact = facts[rows, asked]
        goes_left = np.where(np.isnan(fact), here["missing_go_to_left"] > 0, fact <= here["num_threshold"])
        following = np.where(goes_left, here["left"], here["right"]).astype(np.int64)
        np.add.at(added, (rows, asked), nodes["value"][following] - here["value"])
        at[rows] = following
