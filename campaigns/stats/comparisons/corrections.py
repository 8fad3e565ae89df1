"""Several questions to one experiment: p-values that still mean what they say."""

import numpy as np
from numpy.typing import ArrayLike

from campaigns.stats.arm_statistics import Array


def holm(p_values: ArrayLike) -> Array:
    """Adjust so that the chance of even one false alarm stays below alpha (Holm 1979).
    Keeps the order given.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _unsorted(np.minimum(stepped, 1), order)


def benjamini_hochberg(p_values: ArrayLike) -> Array:
    """Adjust so that the share of false alarms among all alarms stays below alpha
    (Benjamini and Hochberg 1995).
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    ratios = p[order] * len(p) / np.arange(1, len(p) + 1)
    stepped = np.minimum.accumulate(ratios[::-1])[::-1]
    return _unsorted(np.minimum(stepped, 1), order)


def _unsorted(values: Array, order: np.ndarray) -> Array:
    back = np.empty_like(values)
    back[order] = values
    return back
