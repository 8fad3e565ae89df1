"""Buy till you die: how often customers buy while they do, and when they stop. Pure.

BG/NBD: Fader, Hardie & Lee (2005), "Counting your customers" the easy way. Gamma-gamma:
Fader & Hardie (2013), the gamma-gamma model of monetary value. Symbols are theirs: x
repeat purchases, the last at t_x, in a life observed for T.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Floats = npt.NDArray[np.float64]
WIDEST = 12.0  # of the log of any parameter
NEAR_ONE = 1e-6  # a = 1 is a removable gap of equation 10


@dataclass(frozen=True)
class BuyTillYouDie:
    """BG/NBD: purchases are Poisson, rates Gamma(r, α); after each purchase a customer
    stops with p ~ Beta(a, b).
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = float("nan")

    @classmethod
    def fit(
        cls, x: Floats, t_x: Floats, t: Floats, weights: Floats | None = None
    ) -> Self:
        """Find the parameters of greatest likelihood (equation 6); times in any one
        unit. (n,) each.
        """
        weights = np.ones(len(x)) if weights is None else weights
        # so that no parameter is far from one
        scale = float(np.average(t, weights=weights)) or 1.0

        def cost(logs: Floats) -> float:
            r, alpha, a, b = np.exp(logs)
            return -float(
                np.average(
                    _log_density(x, t_x / scale, t / scale, r, alpha, a, b),
                    weights=weights,
                )
            )

        r, alpha, a, b = _least(
            cost, ((0.0, 0.0, 0.0, 0.0), (-1.0, -1.0, 0.0, 1.0), (1.0, -2.0, -2.0, 2.0))
        )
        found = _log_density(x, t_x, t, r, alpha * scale, a, b)
        return cls(r, alpha * scale, a, b, float((found * weights).sum()))

    def expected(self, x: Floats, t_x: Floats, t: Floats, ahead: float) -> Floats:
        """Purchases expected in (T, T + ahead] (equation 10, its hypergeometric part by
        Euler's transformation).
        """
        a = self.a if abs(self.a - 1) > NEAR_ONE else 1 + NEAR_ONE
        z, top = ahead / (self.alpha + t + ahead), a + self.b + x - 1
        with np.errstate(over="ignore", invalid="ignore"):
            grown = (1 - z) ** (a - 1) * hyp2f1(a + self.b - 1 - self.r, a - 1, top, z)
            found = top / (a - 1) * (1 - grown)  # (n,)
        most = (self.r + x) / (self.alpha + t) * ahead  # if nobody ever stopped
        return np.clip(np.where(np.isfinite(found), found, most), 0, most) * self.alive(
            x, t_x, t
        )

    def alive(self, x: Floats, t_x: Floats, t: Floats) -> Floats:
        """Chance of not having stopped: 1 for whoever bought only once, so it is no
        measure of churn.
        """
        odds = np.exp(
            (self.r + x) * (np.log(self.alpha + t) - np.log(self.alpha + t_x))
        )
        stopped = np.where(x > 0, self.a / (self.b + np.maximum(x, 1) - 1) * odds, 0.0)
        return 1 / (1 + stopped)  # (n,)

    def buys(self, x: Floats, t_x: Floats, t: Floats, ahead: float) -> Floats:
        """Chance of at least one purchase in (T, T + ahead]: alive, and the next one
        comes in time.
        """
        silent = ((self.alpha + t) / (self.alpha + t + ahead)) ** (self.r + x)
        return self.alive(x, t_x, t) * (1 - silent)  # (n,)


@dataclass(frozen=True)
class MoneyPerOrder:
    """Gamma-gamma: a customer's orders vary around her own mean, and the means vary
    between customers.
    """

    p: float
    q: float
    v: float
    log_likelihood: float = float("nan")

    @classmethod
    def fit(cls, n: Floats, mean: Floats, weights: Floats | None = None) -> Self:
        """Find the parameters of greatest likelihood from customers with n ≥ 1 orders
        of mean > 0. (n,), (n,).
        """
        weights = np.ones(len(n)) if weights is None else weights
        scale = float(np.average(mean, weights=weights)) or 1.0

        def cost(logs: Floats) -> float:
            p, q, v = np.exp(logs)
            return -float(
                np.average(_log_money(n, mean / scale, p, q, v), weights=weights)
            )

        p, q, v = _least(cost, ((0.0, 1.0, 0.0), (1.5, 1.0, 1.0), (2.0, 2.0, -1.0)))
        found = _log_money(n, mean, p, q, v * scale)
        return cls(p, q, v * scale, float((found * weights).sum()))

    def expected(self, n: Floats, mean: Floats) -> Floats:
        """Money of a coming order: the customer's own mean, drawn to everybody's where
        orders are few.
        """
        q = max(self.q, 1 + NEAR_ONE)
        return self.p * (self.v + n * mean) / (self.p * n + q - 1)  # (n,)


def _log_density(
    x: Floats, t_x: Floats, t: Floats, r: float, alpha: float, a: float, b: float
) -> Floats:
    """Equation 6 of the 2005 paper, in logs."""
    common = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        + betaln(a, b + x)
        - betaln(a, b)
    )
    still = -(r + x) * np.log(alpha + t)
    stopped = (
        np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
    )
    return common + np.where(x > 0, np.logaddexp(still, stopped), still)


def _log_money(n: Floats, mean: Floats, p: float, q: float, v: float) -> Floats:
    """Equation 1a of the 2013 note, in logs."""
    return (
        gammaln(p * n + q)
        - gammaln(p * n)
        - gammaln(q)
        + q * np.log(v)
        + (p * n - 1) * np.log(mean)
        + p * n * np.log(n)
        - (p * n + q) * np.log(v + n * mean)
    )


def _least(
    cost: Callable[[Floats], float], starts: tuple[tuple[float, ...], ...]
) -> list[float]:
    """Search on the log scale from the first start, from the next where that ends at a
    border; return the best.
    """
    bounds = [(-WIDEST, WIDEST)] * len(starts[0])
    tries = []
    for start in starts:
        how = {"ftol": 1e-12, "gtol": 1e-8, "maxiter": 300}
        tries.append(
            minimize(
                cost, np.array(start), method="L-BFGS-B", bounds=bounds, options=how
            )
        )
        if np.abs(tries[-1].x).max() < WIDEST:
            break
    return [float(one) for one in np.exp(min(tries, key=lambda one: float(one.fun)).x)]
