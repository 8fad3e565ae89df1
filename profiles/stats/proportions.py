"""Two shares compared, and many comparisons held against chance."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

NORMAL = NormalDist()


def two_shares(k1: int, n1: int, k2: int, n2: int) -> float:
    """Return the two-sided p-value of equal shares: the normal test with the pooled
    variance; 1 where nothing varies.
    """
    pooled = (k1 + k2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    if variance <= 0:
        return 1.0
    z = (k1 / n1 - k2 / n2) / sqrt(variance)
    return 2 * NORMAL.cdf(-abs(z))


def false_discovery(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted by Benjamini and Hochberg (1995): calling those up to
    q changes leaves a share of at most q of them false.
    """
    n = len(p_values)
    order = sorted(range(n), key=lambda place: p_values[place], reverse=True)
    adjusted, least = [1.0] * n, 1.0
    for number, place in enumerate(order):
        least = min(least, p_values[place] * n / (n - number))
        adjusted[place] = least
    return adjusted
