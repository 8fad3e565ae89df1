"""Make raw scores honest: a line on the raw scale, learned on the newest closed window
(Platt 1999).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.optimize import brentq, minimize

from .link_functions import Family, Floats

# how many rows the belief "the scores are right as they are" is worth
PRIOR_ROWS = 100.0
LEAST_SLOPE = 0.05  # order is never turned round
FURTHEST = 20.0  # that a mean is ever shifted on the raw scale


@dataclass(frozen=True)
class Calibration:
    """calibrated = slope × raw + shift; slope > 0, so nobody changes places."""

    slope: float
    shift: float

    def __call__(self, raw: Floats) -> Floats:
        return self.slope * raw + self.shift  # (n,)

    def shifted(self, by: float) -> Self:
        return replace(self, shift=self.shift + by)

    @classmethod
    def fit(cls, family: Family, raw: Floats, y: Floats) -> Self:
        """Find the line of least loss, drawn to slope 1 and shift 0 where rows are few;
        (n,), (n,).
        """
        if not len(y):
            return cls(1.0, 0.0)
        scale = max(float(y.mean()), 1e-9) if family is Family.AMOUNT else 1.0

        def cost(line: Floats) -> float:
            slope, shift = line
            losses = family.losses(y / scale, slope * raw + shift - np.log(scale))
            return float(
                losses.sum() + PRIOR_ROWS / 2 * ((slope - 1) ** 2 + (0.1 * shift) ** 2)
            ) / len(y)

        found = minimize(
            cost,
            np.array([1.0, 0.0]),
            method="L-BFGS-B",
            bounds=[(LEAST_SLOPE, 5), (-10, 10)],
        )
        return cls(float(found.x[0]), float(found.x[1]))


def shift_for(family: Family, raw: Floats, mean: float) -> float:
    """Find what to add to raw scores so that their mean expectation becomes `mean`."""

    def off(shift: float) -> float:
        return float(family.expected(raw + shift).mean()) - mean

    if not len(raw) or off(-FURTHEST) >= 0 or off(FURTHEST) <= 0:
        return 0.0
    return float(brentq(off, -FURTHEST, FURTHEST, xtol=1e-9))
