"""What choosing customers by a score earns, its cost taken off.

Gain is money per unit of outcome, cost money per customer treated. AUCC is the area
under gain against cost, both as shares of treating everybody (Du, Lee and Ghaffarizadeh
2019): one half is a random choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from campaigns.stats.uplift.qini import SHARES, Ranking


@dataclass(frozen=True)
class Profit:
    """Profits per customer of the file, by the share treated."""

    shares: np.ndarray  # (101,)
    curve: np.ndarray  # (101,)
    best_share: float
    best: float
    treat_all: float
    # of the best share's advantage over treating everybody
    low: float
    high: float
    aucc: float | None


def profit(
    ranking: Ranking,
    weights: np.ndarray,
    *,
    gain: float,
    cost: float,
    alpha: float = 0.05,
) -> Profit:
    """Return the profit at every share, and the share that earns most."""
    gathered = ranking.curve(np.ones((1, weights.shape[1])))[0]
    curve = gain * gathered - cost * SHARES
    best = int(np.argmax(curve))
    drawn = gain * ranking.curve(weights) - cost * SHARES
    ahead = drawn[:, best] - drawn[:, -1]
    low, high = np.quantile(ahead, [alpha / 2, 1 - alpha / 2])
    aucc = np.trapezoid(gathered / gathered[-1], SHARES) if gathered[-1] > 0 else None
    return Profit(
        shares=SHARES,
        curve=curve,
        best_share=float(SHARES[best]),
        best=float(curve[best]),
        treat_all=float(curve[-1]),
        low=float(low),
        high=float(high),
        aucc=None if aucc is None else float(aucc),
    )
