"""What a raw score means: log odds of a yes, or the log of an amount."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.special import expit, xlogy

Floats = npt.NDArray[np.float64]
MAX_LOG = 30.0  # no amount is more than e³⁰


class Family(StrEnum):
    """How a target is distributed, and by that its link and its loss."""

    YES = "yes"  # 0 or 1; raw scores are log odds, the loss is the log loss
    AMOUNT = (
        # ≥ 0; raw scores are logs, the loss is half the Poisson deviance of amounts in
        # units of their mean
        "amount"
    )

    def expected(self, raw: Floats) -> Floats:
        """Turn raw scores into a probability or an amount."""  # (n,)
        return (
            expit(raw)
            if self is Family.YES
            else np.exp(np.clip(raw, -MAX_LOG, MAX_LOG))
        )

    def raw(self, expected: float) -> float:
        """Turn one probability or amount into a raw score."""
        bounded = (
            min(max(expected, 1e-9), 1 - 1e-9)
            if self is Family.YES
            else max(expected, 1e-9)
        )
        return float(
            np.log(bounded / (1 - bounded)) if self is Family.YES else np.log(bounded)
        )

    def losses(self, y: Floats, raw: Floats) -> Floats:
        """Return what each prediction costs; amounts should be in units of their mean."""  # (n,)
        if self is Family.YES:
            return np.logaddexp(0, raw) - y * raw
        raw = np.clip(raw, -MAX_LOG, MAX_LOG)
        return np.exp(raw) - y * raw + xlogy(y, y) - y


class NothingToLearn(ValueError):
    """The labels or the rows leave a model nothing to learn from; says why in one
    sentence.
    """
