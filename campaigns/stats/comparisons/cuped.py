"""Less noise from what was known before the campaign: covariate adjustment that leaves
the effect where it is.
"""

from dataclasses import dataclass

import numpy as np

from campaigns.stats.arm_statistics import Array, Sample
from campaigns.stats.comparisons.means import Comparison, compare_means

# covariate directions with less than this share of the largest variance carry no
# information
COLLINEAR = 1e-10


@dataclass(frozen=True)
class Adjusted:
    comparison: Comparison
    theta: Array  # (k,)
    # 1 - variance adjusted / variance raw, as measured; None without an interval
    variance_reduction: float | None


def compare_adjusted(control: Sample, treated: Sample, alpha: float = 0.05) -> Adjusted:
    """Compare the first columns after taking out what the other, pre-period columns
    explain.

    CUPED (Deng, Xu, Kohavi and Walker 2013, eq. 4) with θ = cov(Y, X) / var(X) over
    both arms together; several covariates make it the multivariate regression
    coefficient. Covariates must be measured before assignment.
    """
    both = control + treated
    theta = coefficients(both)
    comparison = compare_means(
        _without(control, theta, both), _without(treated, theta, both), alpha
    )
    return Adjusted(
        comparison,
        theta,
        _reduction(compare_means(control, treated, alpha), comparison),
    )


def compare_interacted(
    control: Sample, treated: Sample, alpha: float = 0.05
) -> Adjusted:
    """Compare with one coefficient per arm, which never does worse with many units (Lin
    2013, eq. 4).
    """
    both = control + treated
    thetas = coefficients(control), coefficients(treated)
    comparison = compare_means(
        _without(control, thetas[0], both), _without(treated, thetas[1], both), alpha
    )
    return Adjusted(
        comparison,
        thetas[1],
        _reduction(compare_means(control, treated, alpha), comparison),
    )


def coefficients(sample: Sample) -> Array:
    """Regress the first column on the others; 0 for a covariate that does not vary or
    repeats the others.
    """
    spread = np.sqrt(np.diag(sample.scatter)[1:])
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    correlation = sample.scatter[1:, 1:] * np.outer(scale, scale)  # (k, k)
    # On correlations, not covariances: money and counts differ by powers of ten, and
    # the cut-off for what is collinear must mean the same for both.
    solved = np.linalg.pinv(correlation, rcond=COLLINEAR, hermitian=True) @ (
        sample.scatter[1:, 0] * scale
    )
    return np.asarray(solved * scale, dtype=np.float64)


def _without(sample: Sample, theta: Array, both: Sample) -> Sample:
    """Give Y - θ(X - mean of X over both arms), which keeps the means near those of Y."""
    # One mean for both arms: subtracting each arm's own would take the effect out, too.
    return sample.mapped(
        np.concatenate([[1.0], -theta])[None, :], np.array([theta @ both.means[1:]])
    )


def _reduction(raw: Comparison, adjusted: Comparison) -> float | None:
    if raw.standard_error is None or adjusted.standard_error is None:
        return None
    return 1 - (adjusted.standard_error / raw.standard_error) ** 2
