"""Arms whose weights follow what was seen: Thompson sampling in batches, with a floor
so that every arm stays known.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from campaigns.stats.arm_statistics import Array

N_DRAWS = 20_000
FEWEST_UNITS = 30  # of an arm before its mean says anything


@dataclass(frozen=True)
class Seen:
    """What earlier batches showed: NaN where an arm was not there or too few had it."""

    means: Array  # (n_batches, n_arms)
    variances: Array  # of the means


def shares(
    seen: Seen, *, least: float, rng: np.random.Generator, is_less_better: bool = False
) -> Array:
    """Give each arm the chance that it is the best one, mixed with `least` for every
    arm; they sum to 1.

    Probability matching (Thompson 1933) on the posterior of the arms' effects with a
    flat prior: batches have a level of their own (a season, an audience), so outcome =
    batch + arm is fitted by weighted least squares, and only differences between arms
    of one batch count. Equal shares until every arm is known.
    """
    n_arms = seen.means.shape[1]
    if not 0 < least * n_arms <= 1:
        raise ValueError(f"{n_arms} arms can't have at least {least} each")
    effects = _effects(seen)
    if effects is None:
        return np.full(n_arms, 1 / n_arms)
    mean, covariance = effects
    # (n_draws, n_arms), arm 0 is at 0
    draws = rng.multivariate_normal(mean, covariance, N_DRAWS, method="svd")
    best = np.argmin(draws, axis=1) if is_less_better else np.argmax(draws, axis=1)
    return least + (1 - n_arms * least) * np.bincount(best, minlength=n_arms) / N_DRAWS


def of_counts(successes: ArrayLike, trials: ArrayLike) -> Seen:
    """Summarise shares, a success and a failure added to each (Agresti and Coull 1998):
    none in ten is not never.
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    p = (k + 1) / (n + 2)
    known = n >= FEWEST_UNITS
    return Seen(
        np.where(known, k / np.maximum(n, 1), np.nan),
        np.where(known, p * (1 - p) / np.maximum(n, 1), np.nan),
    )


def of_sums(n: ArrayLike, totals: ArrayLike, squares: ArrayLike) -> Seen:
    """Summarise amounts from counts, sums and sums of squares."""
    size, total, square = (
        np.asarray(values, dtype=np.float64) for values in (n, totals, squares)
    )
    known = size >= FEWEST_UNITS
    safe = np.maximum(size, 2)
    mean = total / safe
    variance = np.maximum(square - safe * mean**2, 0) / (safe - 1) / safe
    return Seen(
        np.where(known, mean, np.nan),
        np.where(known & (variance > 0), variance, np.nan),
    )


def _effects(seen: Seen) -> tuple[Array, Array] | None:
    """Fit outcome = batch + arm: the effects against arm 0 and their covariance, None
    if an arm is unknown.
    """
    batch, arm = np.nonzero(np.isfinite(seen.means) & np.isfinite(seen.variances))
    n_batches, n_arms = seen.means.shape
    # one column a batch, one an arm but the first: what lifts a whole batch is no arm's
    # merit
    design = np.zeros((len(batch), n_batches + n_arms - 1))
    design[np.arange(len(batch)), batch] = 1
    later = arm > 0
    design[np.nonzero(later)[0], n_batches + arm[later] - 1] = 1
    used = design[:, design.any(axis=0)]
    # an arm that never ran beside the others can't be told from its batch
    if used.shape[1] - len(np.unique(batch)) < n_arms - 1 or not (arm == 0).any():
        return None
    weight = 1 / seen.variances[batch, arm]
    information = used.T @ (weight[:, None] * used)
    # batches that share no arm: their levels and arms can't be told apart
    if np.linalg.matrix_rank(information) < len(information):
        return None
    covariance = np.linalg.inv(information)
    fitted = covariance @ (used.T @ (weight * seen.means[batch, arm]))
    last = slice(-(n_arms - 1), None)
    mean, spread = np.zeros(n_arms), np.zeros((n_arms, n_arms))
    mean[1:], spread[1:, 1:] = fitted[last], covariance[last, last]
    return mean, spread
