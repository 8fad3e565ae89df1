"""How good a ranking is, per customer and on average with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        return {"value": self.value, "low": self.low, "high": self.high}


def ndcg(
    hits: npt.NDArray[np.bool_], n_relevant: npt.NDArray[np.integer], k: int = 10
) -> Floats:
    """Discounted gain of the first k places over the best possible one.

    `hits` is (n, ≥ k), best place first; the ideal has min(k, n_relevant) hits (Järvelin & Kekäläinen 2002, gain 0/1).
    A customer without anything relevant gives NaN.
    """  # (n,)
    k = min(k, hits.shape[1])
    discount = 1 / np.log2(np.arange(2, k + 2))
    # the place of 0 relevant items is NaN: nothing to find is no bad list
    ideal = np.r_[np.nan, np.cumsum(discount)][np.minimum(n_relevant, k)]
    return (hits[:, :k] * discount).sum(1) / ideal


def recall(
    hits: npt.NDArray[np.bool_], n_relevant: npt.NDArray[np.integer], k: int = 20
) -> Floats:
    """Share of the relevant items among the first k places; NaN without any."""  # (n,)
    return np.divide(
        hits[:, :k].sum(1),
        n_relevant,
        out=np.full(len(hits), np.nan),
        where=n_relevant > 0,
    )


def hit_rate(hits: npt.NDArray[np.bool_], k: int = 10) -> Floats:
    """Say with 1 that a relevant item is among the first k places."""  # (n,)
    return hits[:, :k].any(1).astype(float)


def coverage(columns: npt.NDArray[np.integer], n_items: int) -> float:
    """Share of all items that appear in anybody's list."""
    return len(np.unique(columns)) / n_items if n_items else 0.0


def bootstrap(values: Floats, rng: np.random.Generator, n_draws: int = 300) -> Estimate:
    """Mean over customers with a percentile interval from redrawn customers (Efron
    1979).
    """
    values = values[~np.isnan(values)]
    if not len(values):
        return Estimate(float("nan"), float("nan"), float("nan"))
    # customers are drawn, not items: her list is one observation, however long it is
    draws = values[rng.integers(0, len(values), (n_draws, len(values)))].mean(1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high))
