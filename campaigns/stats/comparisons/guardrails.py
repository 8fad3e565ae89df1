"""Guardrails: did it do no more harm than one may bear? Non-inferiority, which “no
difference found” is not.
"""

import math
from dataclasses import dataclass
from typing import Literal

from campaigns.stats.comparisons.means import Comparison, Interval
from campaigns.stats.normal import two_sided_quantile

State = Literal["kept", "broken", "undecided"]


@dataclass(frozen=True)
class Guardrail:
    """The harm (above 0 is worse) with its interval, and whether it stays below the
    margin.
    """

    margin: float
    harm: Interval | None
    state: State


def judge(
    comparison: Comparison,
    interval: Interval | None,
    *,
    margin: float,
    is_less_better: bool,
    is_share: bool,
) -> Guardrail:
    """Hold a comparison against its margin: kept when the whole interval lies below it,
    broken when above.

    `interval` is the one that the report shows; where it is missing because nothing
    ever happened, or where few did, shares have Newcombe's, and the wider end counts.
    """
    ends = [
        found
        for found in (interval, _newcombe_of(comparison) if is_share else None)
        if found is not None
    ]
    if not ends or comparison.difference is None:
        return Guardrail(margin, None, "undecided")
    low, high = min(end.low for end in ends), max(end.high for end in ends)
    value = comparison.difference
    if not is_less_better:
        value, low, high = -value, -high, -low
    state: State = (
        "kept" if high < margin else "broken" if low > margin else "undecided"
    )
    return Guardrail(margin, Interval(value, low, high), state)


def newcombe(
    k: float, n: int, k_control: float, n_control: int, alpha: float = 0.05
) -> Interval:
    """Give the difference of two shares with the hybrid score interval (Newcombe 1998,
    method 10).
    """
    p, p0 = k / n, k_control / n_control
    low, high = wilson(k, n, alpha)
    low0, high0 = wilson(k_control, n_control, alpha)
    difference = p - p0
    return Interval(
        difference,
        difference - math.hypot(p - low, high0 - p0),
        difference + math.hypot(high - p, p0 - low0),
    )


def wilson(k: float, n: int, alpha: float = 0.05) -> tuple[float, float]:
    """Give the score interval of a share (Wilson 1927): it knows something even where
    nobody did it.
    """
    z = two_sided_quantile(alpha)
    centre, reach = k + z**2 / 2, z * math.sqrt(k * (n - k) / n + z**2 / 4)
    return max(0.0, (centre - reach) / (n + z**2)), min(
        1.0, (centre + reach) / (n + z**2)
    )


def _newcombe_of(comparison: Comparison) -> Interval | None:
    seen, control = comparison.mean, comparison.mean_control
    if seen is None or control is None:
        return None
    n, n_control = comparison.n, comparison.n_control
    return newcombe(seen * n, n, control * n_control, n_control, comparison.alpha)
