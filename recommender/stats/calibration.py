"""How far probabilities can be believed: discrimination, log loss and calibration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .ranking import Estimate

Floats = npt.NDArray[np.floating]
Measure = Callable[[Floats, Floats], float]
LEAST = 1e-6  # a probability is never given as impossible


def auc(happened: Floats, probability: Floats) -> float:
    """Chance that a customer to whom it happened was ranked above one to whom it did not; ties count half."""
    from scipy.stats import rankdata

    n_yes = float(happened.sum())
    n_no = len(happened) - n_yes
    if not n_yes or not n_no:
        return float("nan")
    ranks = rankdata(probability)
    return float((ranks[happened > 0].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * n_no))


def log_loss(happened: Floats, probability: Floats) -> float:
    """Mean negative log-likelihood, in nats."""
    p = np.clip(probability, LEAST, 1 - LEAST)
    return float(-(happened * np.log(p) + (1 - happened) * np.log(1 - p)).mean())


def brier(happened: Floats, probability: Floats) -> float:
    """Mean squared difference (Brier 1950)."""
    return float(((probability - happened) ** 2).mean())


def calibration_error(happened: Floats, probability: Floats, n_bins: int = 10) -> float:
    """Mean distance of predicted and observed share over bins of equal size, weighted by size (ECE)."""
    bins = reliability(happened, probability, n_bins)
    total = sum(one.n for one in bins)
    return sum(abs(one.predicted - one.observed) * one.n for one in bins) / total if total else float("nan")


@dataclass(frozen=True, slots=True)
class Bin:
    """Customers with like predictions: what was said, what came."""

    predicted: float
    observed: float
    n: int


def reliability(happened: Floats, probability: Floats, n_bins: int = 10) -> list[Bin]:
    """Split customers into bins of equal size by prediction."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, n_bins) if len(part)]
    return [Bin(float(probability[part].mean()), float(happened[part].mean()), len(part)) for part in parts]


def bootstrap(
    measure: Measure, truth: Floats, said: Floats, rng: np.random.Generator, n_draws: int = 200
) -> Estimate:
    """Percentile interval of a measure over redrawn customers (Efron 1979)."""
    if not len(truth):
        return Estimate(float("nan"), float("nan"), float("nan"))
    rows = rng.integers(0, len(truth), (n_draws, len(truth)))
    draws = np.array([measure(truth[row], said[row]) for row in rows])
    draws = draws[~np.isnan(draws)]
    low, high = np.quantile(draws, [0.025, 0.975]) if len(draws) else (np.nan, np.nan)
    return Estimate(measure(truth, said), float(low), float(high))
