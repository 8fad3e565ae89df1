"""Does the split that happened fit the split that was planned?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from campaigns.stats.normal import SMALLEST_P

ALARM = 0.001  # a test that runs on every campaign must hardly ever cry wolf


@dataclass(frozen=True)
class SampleRatio:
    chi_square: float | None
    p: float | None  # None with a single arm or no unit

    @property
    def is_mismatch(self) -> bool:
        return self.p is not None and self.p < ALARM


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> SampleRatio:
    """Test counts per arm against planned shares: Pearson's chi-square (1900), arms - 1
    degrees of freedom.

    An arm that was planned at share 0 and has units is a mismatch without doubt: p = 0.
    """
    observed, planned = (
        np.asarray(counts, dtype=np.float64),
        np.asarray(shares, dtype=np.float64),
    )
    if observed[planned == 0].any():
        return SampleRatio(None, 0.0)
    if observed.sum() == 0 or (planned > 0).sum() < 2:
        return SampleRatio(None, None)
    observed, planned = observed[planned > 0], planned[planned > 0]
    expected = observed.sum() * planned / planned.sum()
    chi_square = float(((observed - expected) ** 2 / expected).sum())
    return SampleRatio(
        chi_square, max(float(chdtrc(len(planned) - 1, chi_square)), SMALLEST_P)
    )


def same_share(counts: Sequence[int], totals: Sequence[int]) -> float | None:
    """Give the p-value that a share is the same in every arm: chi-square of the 2 x k
    table; None if none or all count.

    Used on units without an outcome: where arms lose different shares, what is left
    can't be compared.
    """
    counted, all_units = (
        np.asarray(counts, dtype=np.float64),
        np.asarray(totals, dtype=np.float64),
    )
    counted, all_units = counted[all_units > 0], all_units[all_units > 0]
    if len(all_units) < 2 or counted.sum() in (0, all_units.sum()):
        return None
    share = counted.sum() / all_units.sum()
    chi_square = float(
        ((counted - all_units * share) ** 2 / (all_units * share * (1 - share))).sum()
    )
    return max(float(chdtrc(len(all_units) - 1, chi_square)), SMALLEST_P)
