"""What another way of choosing arms would have brought, from what was logged with known
chances.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from campaigns.stats.arm_statistics import Array
from campaigns.stats.comparisons.means import Interval
from campaigns.stats.normal import two_sided_quantile

# customers that the weights are worth; with fewer a handful of customers decide
FEWEST_EFFECTIVE = 100.0


@dataclass(frozen=True)
class OffPolicy:
    """Mean outcome per customer under the new policy, three ways; all None where too
    few customers would say it.
    """

    n: int
    effective: float  # (Σw)² / Σw² (Kish 1965)
    ips: Interval | None
    snips: Interval | None
    dr: Interval | None
    why_not: str = ""


def evaluate(
    outcomes: ArrayLike,
    logged: ArrayLike,
    target: ArrayLike,
    *,
    expected: ArrayLike | None = None,
    expected_under_target: ArrayLike | None = None,
    alpha: float = 0.05,
) -> OffPolicy:
    """Estimate a policy's mean from n customers.

    `logged` and `target` are the chances (n,) of the arm that each got, under the
    policy that chose and the new one. `expected` is a model's outcome for the arm they
    got, `expected_under_target` its mean over the new policy's arms; without a model
    the doubly robust estimate is left out. IPS and SNIPS: Swaminathan and Joachims
    (2015), eq. 3 and 8; DR: Dudík, Langford and Li (2011), eq. 3. Raise ValueError
    where a logged chance is not above 0.
    """
    y, chance, wanted = (
        np.asarray(values, dtype=np.float64) for values in (outcomes, logged, target)
    )
    if (chance <= 0).any():
        raise ValueError("every logged chance must be above 0")
    w = wanted / chance
    effective = float(w.sum() ** 2 / (w**2).sum()) if w.any() else 0.0
    # a few customers with huge weights would decide, and the interval would not show it
    if effective < FEWEST_EFFECTIVE:
        why_not = (
            f"the log is worth only {effective:.0f} customers for this policy;"
            f" {FEWEST_EFFECTIVE:.0f} are needed"
        )
        return OffPolicy(len(y), effective, None, None, None, why_not)
    snips = float((w * y).sum() / w.sum())
    # the delta method's error of a ratio of two sums
    error = math.sqrt(float((w**2 * (y - snips) ** 2).sum())) / float(w.sum())
    reach = two_sided_quantile(alpha) * error
    robust = None
    if expected is not None and expected_under_target is not None:
        robust = _mean(
            np.asarray(expected_under_target) + w * (y - np.asarray(expected)), alpha
        )
    return OffPolicy(
        len(y),
        effective,
        _mean(w * y, alpha),
        Interval(snips, snips - reach, snips + reach),
        robust,
    )


def _mean(values: Array, alpha: float) -> Interval:
    mean, error = (
        float(values.mean()),
        float(values.std(ddof=1)) / math.sqrt(len(values)),
    )
    reach = two_sided_quantile(alpha) * error
    return Interval(mean, mean - reach, mean + reach)
