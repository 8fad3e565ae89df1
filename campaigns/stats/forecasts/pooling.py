"""What several experiments say together about the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.stats import norm


@dataclass(frozen=True)
class Pooled:
    """The mean effect, and between which values that of a new experiment lies."""

    n: int
    mean: float
    low: float
    high: float


def pool(
    effects: Sequence[float], errors: Sequence[float], *, alpha: float = 0.05
) -> Pooled | None:
    """Combine effects with their standard errors by random effects; None of none.

    DerSimonian and Laird (1986), equations 7 and 8, with tau² no less than 0. The ends
    are those of a new experiment's true effect: se² + tau² (Higgins, Thompson and
    Spiegelhalter 2009), by the normal quantile. One experiment says nothing about how
    much experiments differ, so its error is taken twice.
    """
    known = [(y, se**2) for y, se in zip(effects, errors, strict=True) if se > 0]
    if not known:
        return None
    weights = [1 / v for _y, v in known]
    fixed = sum(w * y for w, (y, _v) in zip(weights, known, strict=True)) / sum(weights)
    q = sum(w * (y - fixed) ** 2 for w, (y, _v) in zip(weights, known, strict=True))
    # Q is what the effects differ by; k - 1 of it would come from their errors alone
    c = sum(weights) - sum(w**2 for w in weights) / sum(weights)
    k = len(known)
    tau2 = max(0.0, (q - (k - 1)) / c) if k > 1 else known[0][1]
    random = [1 / (v + tau2) for _y, v in known]
    mean = sum(w * y for w, (y, _v) in zip(random, known, strict=True)) / sum(random)
    # of one: its own error once, and once more for what is not known of others
    se2 = known[0][1] if k == 1 else 1 / sum(random)
    half = norm.ppf(1 - alpha / 2) * sqrt(se2 + tau2)
    return Pooled(k, mean, mean - half, mean + half)
