"""The normal distribution as every comparison here uses it."""

import math
import sys

from scipy.special import ndtr, ndtri

# what lies below has no floating-point number; it is still not impossible
SMALLEST_P = sys.float_info.min


def two_sided_quantile(alpha: float) -> float:
    """Give z with P(|Z| > z) = alpha; alpha within (0, 1)."""
    return float(-ndtri(alpha / 2))


def quantile(probability: float) -> float:
    return float(ndtri(probability))


def cumulative(z: float) -> float:
    return float(ndtr(z))


def two_sided_p(z: float) -> float:
    """Give P(|Z| > |z|) by the survival function: exact far below 1e-16, where 1 - cdf
    would print 0.
    """
    return max(math.erfc(abs(z) / math.sqrt(2)), SMALLEST_P)
