"""Ratios of two sums, such as revenue per order, when the unit of assignment is the customer."""

import numpy as np

from campaigns.proof.stats.means import Comparison, compare_means
from campaigns.proof.stats.samples import Sample


def linearised(sample: Sample) -> Sample:
    """Turn columns (numerator, denominator, …) into (ratio, …) by the delta method.

    Each unit counts as R + (num - R den) / mean(den) with R = sum(num) / sum(den): the mean of that column is R and its
    variance the delta-method variance of R (Deng, Knoblich and Lu 2018, eq. 4). Raise ValueError when den sums to 0.
    """
    if sample.n == 0:
        return sample.only(0, *range(2, len(sample.means)))
    numerator, denominator = sample.means[0], sample.means[1]
    if denominator == 0:
        raise ValueError("the denominator of the ratio sums to 0")
    ratio = numerator / denominator
    others = len(sample.means) - 2
    matrix = np.zeros((1 + others, 2 + others))
    matrix[0, :2] = 1 / denominator, -ratio / denominator
    matrix[1:, 2:] = np.eye(others)
    return sample.mapped(matrix, np.array([ratio, *np.zeros(others)]))


def compare_ratios(control: Sample, treated: Sample, alpha: float = 0.05) -> Comparison:
    """Compare the ratios of the first two columns."""
    return compare_means(linearised(control), linearised(treated), alpha)
