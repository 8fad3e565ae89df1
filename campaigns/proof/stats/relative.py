"""The difference as a share of the control arm's mean."""

import math

from campaigns.proof.stats.means import Interval
from campaigns.proof.stats.normal import two_sided_quantile
from campaigns.proof.stats.samples import Sample


def relative_lift(control: Sample, treated: Sample, alpha: float = 0.05) -> Interval | None:
    """Give (mean - mean_control) / mean_control with its delta-method interval; None where it is undefined.

    Variance: s² / (n m₀²) + s₀² m² / (n₀ m₀⁴), the first-order expansion for independent arms (Fieller's problem).
    """
    if not (control.is_finite and treated.is_finite):
        return None
    if not control.mean or treated.mean is None or control.variance is None or treated.variance is None:
        return None
    share = treated.mean / control.mean
    variance = (treated.variance / treated.n + share**2 * control.variance / control.n) / control.mean**2
    if variance == 0:
        return None
    reach = two_sided_quantile(alpha) * math.sqrt(variance)
    return Interval(share - 1, share - 1 - reach, share - 1 + reach)
