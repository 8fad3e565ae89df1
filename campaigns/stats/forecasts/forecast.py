"""How many of a new audience will do it, from what earlier audiences of the same rule
did.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from campaigns.stats.normal import two_sided_quantile


@dataclass(frozen=True)
class Forecast:
    expected: float
    low: float
    high: float


def predict(
    n: int, totals: Sequence[int], counts: Sequence[int], alpha: float = 0.05
) -> Forecast | None:
    """Predict a count among `n` from counts among earlier totals; None without any.

    Prediction interval of a random-effects binomial: the new audience's chance differs
    from the mean of k earlier ones by its own spread and the mean's error, s² (1 +
    1/k), and its count by p (1 - p) / n, all with Student's t over k - 1 degrees of
    freedom. One earlier window tells nothing of the spread: only the binomial parts are
    left.
    """
    if not totals or not sum(totals):
        return None
    size, done = (
        np.asarray(totals, dtype=np.float64),
        np.asarray(counts, dtype=np.float64),
    )
    k, p = len(size), float(done.sum() / size.sum())
    binomial = p * (1 - p) * (1 / n + 1 / float(size.sum()))
    between = _between(done / size, size, p)
    t = float(stdtrit(k - 1, 1 - alpha / 2)) if k > 1 else two_sided_quantile(alpha)
    reach = t * math.sqrt(between * (1 + 1 / k) + binomial)
    return Forecast(n * p, max(0.0, n * (p - reach)), min(float(n), n * (p + reach)))


def _between(shares: np.ndarray, sizes: np.ndarray, p: float) -> float:
    """The spread of the chances beyond what drawing alone gives, never below 0
    (DerSimonian and Laird 1986).
    """
    if len(shares) < 2:
        return 0.0
    drawn = float(np.mean(p * (1 - p) / sizes))
    return max(0.0, float(np.var(shares, ddof=1)) - drawn)
