"""Ratios of two sums, such as revenue per order, when the unit of assignment is the
customer.
"""

import numpy as np

from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.means import Comparison, compare_means

NOISE = 1e-12  # share of a sum of thousands of products that rounding may make up
DIGITS = 9  # of a ratio that is taken to be meant


def linearised(sample: Sample) -> Sample:
    """Turn columns (numerator, denominator, …) into (ratio, …) by the delta method.

    Each unit counts as R + (num - R den) / mean(den) with R = sum(num) / sum(den): the
    mean of that column is R and its variance the delta-method variance of R (Deng,
    Knoblich and Lu 2018, eq. 4). Raise ValueError when den sums to 0.
    """
    if sample.n == 0:
        return sample.only(0, *range(2, len(sample.means)))
    numerator, denominator = sample.means[0], sample.means[1]
    if denominator == 0:
        raise ValueError("the denominator of the ratio sums to 0")
    ratio = _tidy(numerator / denominator)
    others = len(sample.means) - 2
    matrix = np.zeros((1 + others, 2 + others))
    matrix[0, :2] = 1 / denominator, -ratio / denominator
    matrix[1:, 2:] = np.eye(others)
    told = sample.mapped(matrix, np.array([ratio, *np.zeros(others)]))
    told.means[0] = ratio
    if told.scatter[0, 0] <= NOISE * (
        np.abs(matrix[0, :2]) @ np.abs(sample.scatter[:2, :2]) @ np.abs(matrix[0, :2])
    ):
        # every unit has the same ratio, as far as the sums can tell
        told.scatter[0, :] = told.scatter[:, 0] = 0.0
    return told


def _tidy(ratio: float) -> float:
    """Give the short number that a ratio of two sums is, where only the arithmetic's
    last digits part them.
    """
    short = float(f"{ratio:.{DIGITS}g}")
    return short if abs(short - ratio) <= NOISE * abs(ratio) else float(ratio)


def compare_ratios(control: Sample, treated: Sample, alpha: float = 0.05) -> Comparison:
    """Compare the ratios of the first two columns."""
    return compare_means(linearised(control), linearised(treated), alpha)
