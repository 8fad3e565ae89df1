"""The difference as a share of the control arm's mean."""

import math

from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.means import Interval
from campaigns.stats.normal import two_sided_quantile


def relative_lift(
    control: Sample, treated: Sample, alpha: float = 0.05
) -> Interval | None:
    """Give (mean - mean_control) / mean_control with its delta-method interval; None
    where it is undefined.

    Variance: s² / (n m₀²) + s₀² m² / (n₀ m₀⁴), the first-order expansion for
    independent arms (Fieller's problem).
    """
    if not (control.is_finite and treated.is_finite):
        return None
    if (
        not control.mean
        or treated.mean is None
        or control.variance is None
        or treated.variance is None
    ):
        return None
    share = treated.mean / control.mean
    errors = (
        math.sqrt(treated.variance / treated.n),
        share * math.sqrt(control.variance / control.n),
    )
    # no square of a mean: that of 1e-200 would be 0
    error = math.hypot(*(one / control.mean for one in errors))
    if error == 0 or not math.isfinite(error):
        return None
    reach = two_sided_quantile(alpha) * error
    return Interval(share - 1, share - 1 - reach, share - 1 + reach)
