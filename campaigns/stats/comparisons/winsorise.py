"""Pull the largest orders in, by a rule that was declared before anyone looked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from campaigns.stats.arm_statistics import Array


@dataclass(frozen=True)
class Winsorised:
    values: Array  # (n,)
    low: float
    high: float
    n_changed: int


def winsorise(values: ArrayLike, *, low: float = 0.0, high: float = 0.99) -> Winsorised:
    """Replace what lies beyond two quantiles (0–1) by the nearest value within (Tukey
    1962).

    Pass the arms together, so that both meet the same limits.
    """
    if not 0 <= low < high <= 1:
        raise ValueError(f"quantiles must rise within 0 and 1, not {low} and {high}")
    given = np.asarray(values, dtype=np.float64)
    if not given.size:
        return Winsorised(given, 0.0, 0.0, 0)
    lowest, highest = (
        np.quantile(given, low, method="higher"),
        np.quantile(given, high, method="lower"),
    )
    clipped = np.clip(given, lowest, highest)
    return Winsorised(
        clipped, float(lowest), float(highest), int((clipped != given).sum())
    )
