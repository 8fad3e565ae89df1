"""Bounds for shares and counts of rare things, exact at any size: five complaints of
two hundred say little, and how little is computed.
"""

from scipy.special import betaincinv, gammaincinv


def share_at_least(k: int, n: int, alpha: float) -> float:
    """Give the one-sided lower bound of a share (Clopper and Pearson 1934)."""
    return float(betaincinv(k, n - k + 1, alpha)) if 0 < k <= n else float(k > n)


def share_at_most(k: int, n: int, alpha: float) -> float:
    """Give the one-sided upper bound of a share (Clopper and Pearson 1934)."""
    return float(betaincinv(k + 1, n - k, 1 - alpha)) if k < n else 1.0


def count_at_least(k: int, alpha: float) -> float:
    """Give the one-sided lower bound of a Poisson mean (Garwood 1936)."""
    return float(gammaincinv(k, alpha)) if k > 0 else 0.0


def count_at_most(k: int, alpha: float) -> float:
    """Give the one-sided upper bound of a Poisson mean (Garwood 1936)."""
    return float(gammaincinv(k + 1, 1 - alpha))
