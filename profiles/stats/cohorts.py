"""Retention of cohorts: who came back, of all who began together. Pure.

Three readings of "came back in period k" (Amplitude, "Retention Analysis"): in exactly
that period (N-day), at any time within a bracket of days, or in that period or any
later one (unbounded). In all of them the denominator is the whole cohort, and a cell is
known only once its period has ended for the cohort's last member; before that it is
censored, not low.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Rates = NDArray[np.float64]


@dataclass(frozen=True)
class Retention:
    """Shares of 0–1 by cohort and period; NaN where they are not known yet."""

    sizes: Counts  # (n_cohorts,)
    rates: Rates  # (n_cohorts, n_periods)
    overall: Rates  # (n_periods,) over the cohorts that are known there
    n_overall: Counts  # (n_periods,) customers of those cohorts


def retention(sizes: Counts, n_back: Counts, known: NDArray[np.bool_]) -> Retention:
    """Divide who came back by the whole cohort, and hide what is not known yet.

    ``sizes`` (n_cohorts,) customers that began; ``n_back`` (n_cohorts, n_periods)
    distinct ones of them that came back in each period; ``known`` of the same shape.
    """
    if np.any(n_back > sizes[:, None]):
        raise ValueError("more customers came back than began")
    whole = np.where(known, sizes[:, None], 0)  # (n_cohorts, n_periods)
    n_overall = whole.sum(axis=0)  # (n_periods,)
    back = np.where(known, n_back, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = np.where(known & (whole > 0), back / whole, np.nan)
        overall = np.where(n_overall > 0, back.sum(axis=0) / n_overall, np.nan)
    return Retention(sizes, rates, overall, n_overall)


def known_by(latest_starts: Rates, period_ends: Rates, now: float) -> NDArray[np.bool_]:
    """Say which cells are over: ``latest_starts`` (n_cohorts,) seconds at which each
    cohort's last member may begin.

    ``period_ends`` (n_periods,) seconds from a member's beginning to the end of each
    period; ``now`` in seconds.
    """
    return (
        latest_starts[:, None] + period_ends[None, :] <= now
    )  # (n_cohorts, n_periods)


def or_later(n_last: Counts) -> Counts:
    """Return who came back in each period or any later one, from how many came for the
    last time in each.

    ``n_last`` (n_cohorts, n_periods + 1): its last column holds those whose last time
    lies beyond the periods.
    """
    return np.cumsum(n_last[:, ::-1], axis=1)[:, ::-1][:, :-1]
