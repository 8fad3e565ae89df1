"""Is the effect the same in every group? A test before anyone tells stories about one
of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from campaigns.stats.comparisons.means import Comparison
from campaigns.stats.normal import SMALLEST_P


@dataclass(frozen=True)
class Heterogeneity:
    q: float
    p: float
    n_groups: int


def same_everywhere(comparisons: Sequence[Comparison]) -> Heterogeneity | None:
    """Test that all groups have one effect: Cochran's Q (1954), chi-square with groups
    - 1 degrees of freedom.

    None below two groups with a standard error.
    """
    known = [
        (one.difference, one.standard_error)
        for one in comparisons
        if one.standard_error
    ]
    if len(known) < 2:
        return None
    difference, error = np.asarray(known, dtype=np.float64).T
    weight = error**-2
    mean = (weight * difference).sum() / weight.sum()
    q = float((weight * (difference - mean) ** 2).sum())
    return Heterogeneity(
        q, max(float(chdtrc(len(known) - 1, q)), SMALLEST_P), len(known)
    )
