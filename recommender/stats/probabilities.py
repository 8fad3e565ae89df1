"""How good probabilities and expected amounts are, each figure with its bootstrap
interval. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from .ranking import Estimate

Floats = npt.NDArray[np.float64]
Metric = Callable[[Floats, Floats], float]
SMALLEST = 1e-12


def auc(y: Floats, p: Floats) -> float:
    """Chance that a yes scores above a no, ties half (Mann & Whitney 1947); NaN where
    one of them lacks.
    """
    yes = y > 0.5
    n_yes, n_no = int(yes.sum()), int((~yes).sum())
    if not n_yes or not n_no:
        return float("nan")
    return float((rankdata(p)[yes].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * n_no))


def log_loss(y: Floats, p: Floats) -> float:
    """Mean of minus the log of the probability given to what happened."""
    p = np.clip(p, SMALLEST, 1 - SMALLEST)
    return (
        float(-(y * np.log(p) + (1 - y) * np.log1p(-p)).mean())
        if len(y)
        else float("nan")
    )


def brier(y: Floats, p: Floats) -> float:
    """Mean squared distance of probability and outcome (Brier 1950)."""
    return float(((y - p) ** 2).mean()) if len(y) else float("nan")


def ece(y: Floats, p: Floats, n_bins: int = 10) -> float:
    """Expected calibration error over bins of equally many: mean |observed −
    predicted|, weighted by rows.
    """
    bins = reliability(y, p, n_bins)
    return (
        sum(one.n * abs(one.observed - one.predicted) for one in bins) / len(y)
        if len(y)
        else float("nan")
    )


@dataclass(frozen=True, slots=True)
class Bin:
    """Customers with similar predictions: what was predicted on average, and what came."""

    predicted: float
    observed: float
    n: int


def reliability(y: Floats, p: Floats, n_bins: int = 10) -> list[Bin]:
    """Cut the predictions into bins of equally many, lowest first."""
    groups = np.array_split(np.argsort(p, kind="stable"), n_bins)
    return [
        Bin(float(p[g].mean()), float(y[g].mean()), len(g)) for g in groups if len(g)
    ]


def mae(y: Floats, p: Floats) -> float:
    return float(np.abs(y - p).mean()) if len(y) else float("nan")


def rmse(y: Floats, p: Floats) -> float:
    return float(np.sqrt(((y - p) ** 2).mean())) if len(y) else float("nan")


def rank_correlation(y: Floats, p: Floats) -> float:
    """Spearman's correlation; NaN where one side is constant."""
    if not len(y) or np.ptp(y) == 0 or np.ptp(p) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(y), rankdata(p))[0, 1])


def total_error(y: Floats, p: Floats) -> float:
    """How far the sum of all predictions is from the true sum, as a share of it."""
    return float(abs(p.sum() - y.sum()) / y.sum()) if y.sum() > 0 else float("nan")


PROBABILITY: dict[str, Metric] = {
    "auc": auc,
    "log_loss": log_loss,
    "brier": brier,
    "ece": ece,
}
AMOUNT: dict[str, Metric] = {
    "rank_correlation": rank_correlation,
    "mae": mae,
    "rmse": rmse,
    "total_error": total_error,
}


def estimates(
    metrics: dict[str, Metric],
    y: Floats,
    p: Floats,
    rng: np.random.Generator,
    n: int = 100,
) -> dict[str, Estimate]:
    """Measure with percentile intervals from ``n`` redrawn sets of customers (Efron
    1979).
    """
    draws = [rng.integers(0, len(y), len(y)) for _ in range(n)] if len(y) else []
    return {name: _estimate(metric, y, p, draws) for name, metric in metrics.items()}


def mean(values: Floats, rng: np.random.Generator, n: int = 100) -> Estimate:
    """Mean of one figure a customer, with its percentile interval."""
    return estimates(
        {"mean": lambda y, _p: float(y.mean()) if len(y) else float("nan")},
        values,
        values,
        rng,
        n,
    )["mean"]


def difference(
    losses: Floats, others: Floats, rng: np.random.Generator, n: int = 500
) -> Estimate:
    """Compare two models on the same customers: mean difference of their losses with
    its interval.
    """
    return mean(losses - others, rng, n)


def _estimate(
    metric: Metric, y: Floats, p: Floats, draws: list[npt.NDArray[np.int64]]
) -> Estimate:
    found = np.array([metric(y[draw], p[draw]) for draw in draws])
    found = found[~np.isnan(found)]
    low, high = (
        np.quantile(found, [0.025, 0.975]) if len(found) else (float("nan"),) * 2
    )
    return Estimate(metric(y, p), float(low), float(high))
