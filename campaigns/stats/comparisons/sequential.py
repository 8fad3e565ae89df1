"""Intervals one may look at every day: they cover at every look at once, not only at
the last.
"""

import math

from campaigns.stats.comparisons.means import Comparison, Interval
from campaigns.stats.normal import SMALLEST_P

TUNED_FOR = 5_000  # units of both arms at which the interval is narrowest


def confidence_sequence(
    comparison: Comparison, tuned_for: float = TUNED_FOR
) -> Interval | None:
    """Widen a comparison's interval so that it may be read as often as one likes.

    Asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas
    (arXiv 2103.06476, eq. 9), two sided, with t = units of both arms and σ² = t ·
    standard error².
    """
    if comparison.standard_error is None or comparison.difference is None:
        return None
    # the boundary depends on the units seen, not on the days: a slow week costs nothing
    t, alpha = comparison.n + comparison.n_control, comparison.alpha
    rho_squared = _rho_squared(alpha, tuned_for)
    grown = t * rho_squared + 1
    sigma = comparison.standard_error * math.sqrt(t)
    reach = sigma * math.sqrt(
        2 * grown / (t**2 * rho_squared) * math.log(math.sqrt(grown) / alpha)
    )
    return Interval(
        comparison.difference,
        comparison.difference - reach,
        comparison.difference + reach,
    )


def always_valid_p(
    comparison: Comparison, tuned_for: float = TUNED_FOR
) -> float | None:
    """Give the p-value that belongs to the confidence sequence: 1 / e-value, at most 1
    (arXiv 2103.06476, eq. 155).
    """
    if comparison.standard_error is None or comparison.difference is None:
        return None
    t = comparison.n + comparison.n_control
    rho_squared = _rho_squared(comparison.alpha, tuned_for)
    grown = t * rho_squared + 1
    z_squared = (comparison.difference / comparison.standard_error) ** 2
    # in logs: the e-value of a clear effect overflows a float long before it is shown
    log_p = math.log(grown) / 2 - t * rho_squared * z_squared / (2 * grown)
    return min(1.0, max(math.exp(min(log_p, 0.0)), SMALLEST_P))


def _rho_squared(alpha: float, tuned_for: float) -> float:
    """Give ρ² that makes the boundary narrowest at that many units (arXiv 2103.06476,
    eq. 161).
    """
    return (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / tuned_for
