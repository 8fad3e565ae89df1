"""Regression on standardised features: logistic for a yes, Poisson for an amount.
Baselines are this on few columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from .contract import NotFitted, State, check_labels
from .link_functions import Family, Floats

# standard deviations; what lies beyond is an outlier of which a line knows nothing
WIDEST = 5.0
INVERSE_PENALTY = 0.3


class Line:
    """A line over features on a log scale; ``columns`` narrows it to some of them, none
    leave the base rate.
    """

    key: ClassVar[str] = "linear"

    def __init__(
        self, family: Family, names: Sequence[str], columns: Sequence[str] | None = None
    ) -> None:
        self.family, self.names = family, tuple(names)
        self.columns = [
            self.names.index(name)
            for name in (self.names if columns is None else columns)
        ]
        self.bias_: float
        self.weights_: Floats  # (n_columns,)

    def again(self) -> Self:
        """Return the same line, unfitted."""
        return type(self)(
            self.family, self.names, [self.names[place] for place in self.columns]
        )

    def fit(self, x: Floats, y: Floats) -> Self:
        """Learn from (n, d) and (n,); raise `NothingToLearn`."""
        check_labels(self.family, y)
        squashed = _squashed(x[:, self.columns])
        known = ~np.isnan(squashed)
        self.centre_ = np.array(
            [
                np.median(c[k]) if k.any() else 0.0
                for c, k in zip(squashed.T, known.T, strict=True)
            ]
        )
        filled = np.where(known, squashed, self.centre_)
        self.mean_, spread = filled.mean(0), filled.std(0)
        # a constant tells nothing: it counts 0
        self.scale_ = np.where(spread > 1e-9, spread, np.inf)
        self._fit(self._standardised(x), y)
        return self

    def contributions(self, x: Floats) -> Floats:
        """Return weight × distance from the mean, per feature: (n, d)."""
        if not hasattr(self, "weights_"):
            raise NotFitted("this model was never fitted")
        found = np.zeros((len(x), len(self.names)))
        found[:, self.columns] = self._standardised(x) * self.weights_
        return found

    def state(self) -> State:
        learned = {
            name: getattr(self, name)
            for name in ("centre_", "mean_", "scale_", "weights_")
        }
        return {
            **learned,
            "columns": np.array(self.columns, np.int64),
            "bias_": np.array(self.bias_),
        }

    @classmethod
    def from_state(cls, family: Family, names: Sequence[str], state: State) -> Self:
        made = cls(family, names, [names[place] for place in state["columns"]])
        for name in ("centre_", "mean_", "scale_", "weights_"):
            setattr(made, name, state[name])
        made.bias_ = float(state["bias_"])
        return made

    def _fit(self, z: Floats, y: Floats) -> None:
        scale = 1.0 if self.family is Family.YES else float(y.mean())
        if not self.columns:
            self.weights_, self.bias_ = np.zeros(0), self.family.raw(float(y.mean()))
            return
        # scikit-learn takes a second to load: only learning pays
        from sklearn.linear_model import LogisticRegression, PoissonRegressor

        how = {"max_iter": 100, "tol": 1e-6, "solver": "newton-cholesky"}
        if self.family is Family.YES:
            model = LogisticRegression(C=INVERSE_PENALTY, **how)
        else:
            model = PoissonRegressor(alpha=1 / (INVERSE_PENALTY * len(y)), **how)
        model.fit(z, y / scale)
        self.weights_ = np.asarray(model.coef_, np.float64).ravel()
        self.bias_ = float(np.ravel(model.intercept_)[0]) + float(np.log(scale))

    def _standardised(self, x: Floats) -> Floats:
        squashed = _squashed(x[:, self.columns])
        filled = np.where(np.isnan(squashed), self.centre_, squashed)
        return np.clip((filled - self.mean_) / self.scale_, -WIDEST, WIDEST)


def _squashed(x: Floats) -> Floats:
    """Counts, days and money are skewed: take logs, with the sign kept."""
    return np.sign(x) * np.log1p(np.abs(x))
