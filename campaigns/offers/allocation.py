"""Who gets which offer, so that all together bring most inside the budgets. Pure.

A multiple-choice knapsack: each customer gets one of her values or none. Its Lagrangian
dual puts a price on money and one on coupons; at the best prices each customer's best
choice is known alone, and the dual's value bounds what any allocation can bring
(arXiv 2406.05987).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

NONE = -1
# Money is counted in whole millionths, so that sums are exact.
UNIT = 1_000_000
MOST_STEPS = 60
CLOSE_ENOUGH = 1e-7  # of the bound
MOST_FILLS = 30


@dataclass(frozen=True)
class Choices:
    """What each customer could get: (n_customers, n_values); NaN can't be given."""

    margin: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True)
class Limits:
    budget: float
    # None is as many as there are customers
    most: int | None = None
    # an offer must bring at least this much
    floor: float = 0.0


@dataclass(frozen=True)
class Allocation:
    """The value that each customer gets, by its place, and what all bring."""

    choice: np.ndarray  # (n_customers,) NONE or the place of a value
    spent: float
    gain: float
    bound: float
    n_given: int
    price_of_money: float  # what one more unit of budget would bring
    price_of_coupon: float


@dataclass(frozen=True)
class Picked:
    """Choices with their sums."""

    choice: np.ndarray
    spent: int  # in units
    n: int
    gain: float


def allocate(choices: Choices, limits: Limits) -> Allocation:
    """Return the best allocation found and the dual bound above it; never over a
    limit.
    """
    problem = AllocationProblem(choices, limits)
    prices, bound, best = problem.solve()
    best = problem.fill(best, prices)
    return Allocation(
        choice=best.choice,
        spent=best.spent / UNIT,
        gain=best.gain,
        bound=max(bound, best.gain),
        n_given=best.n,
        price_of_money=prices[0],
        price_of_coupon=prices[1],
    )


class AllocationProblem:
    """One allocation, its money in whole units."""

    def __init__(self, choices: Choices, limits: Limits) -> None:
        self.n = len(choices.margin)
        # Rounded in the shop's favour, budgets down and costs up: what is planned can
        # be paid. The inner rounding takes off what floats add, or 0.3 would become
        # 0.2.
        self.budget = int(np.floor(np.round(limits.budget * UNIT, 3)))
        self.most = self.n if limits.most is None else min(limits.most, self.n)
        units = np.ceil(np.round(choices.cost * UNIT, 3))
        can = np.isfinite(choices.margin) & np.isfinite(units)
        # an offer that costs more than it brings in margin is never worth it
        can &= (choices.margin > 0) & (choices.margin >= limits.floor)
        can &= units <= self.budget
        self.margin = np.where(can, choices.margin, -np.inf)
        self.units = np.where(can, units, 0).astype(np.int64)
        self.cost = self.units / UNIT

    def pick(self, prices: tuple[float, float]) -> tuple[Picked, float]:
        """Return each customer's best choice at these prices, and the dual's value."""
        if not self.n or not self.margin.shape[1]:
            return self.picked(np.full(self.n, NONE)), 0.0
        worth = self.margin - prices[0] * self.cost - prices[1]
        choice = worth.argmax(axis=1)
        # at given prices customers do not depend on each other: each takes what is best
        # for her
        best = worth[np.arange(self.n), choice]
        choice = np.where(best > 0, choice, NONE)
        value = float(best[best > 0].sum())
        value += prices[0] * self.budget / UNIT + prices[1] * self.most
        return self.picked(choice), value

    def picked(self, choice: np.ndarray) -> Picked:
        rows = np.flatnonzero(choice >= 0)
        places = choice[rows]
        return Picked(
            choice,
            _exact(self.units[rows, places]),
            len(rows),
            float(self.margin[rows, places].sum()),
        )

    def fits(self, one: Picked) -> bool:
        return one.spent <= self.budget and one.n <= self.most

    def solve(self) -> tuple[tuple[float, float], float, Picked]:
        """Find the best prices by cutting planes (Kelley 1960): each look gives a plane
        under the dual; the lowest point over all planes is looked at next.

        Return them, the dual's least value, and the best allocation that fits.
        """
        best = self.picked(np.full(self.n, NONE))
        prices, planes = (0.0, 0.0), []
        least, at = np.inf, prices
        for _step in range(MOST_STEPS):
            found, value = self.pick(prices)
            if value < least:
                least, at = value, prices
            if self.fits(found) and found.gain > best.gain:
                best = found
            planes.append((prices, value, self._slope(found)))
            prices, floor = _lowest(planes, self._highest())
            # no allocation is worth more than the dual's least: the gap says how good
            # this one is
            if least - max(floor, best.gain) <= CLOSE_ENOUGH * max(least, 1e-12):
                break
        return at, float(least), best

    def _slope(self, found: Picked) -> tuple[float, float]:
        return (self.budget - found.spent) / UNIT, float(self.most - found.n)

    def _highest(self) -> tuple[float, float]:
        """Return prices at which nobody would buy."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.margin / self.cost
        # a free offer has no price at which it is not worth taking: coupons limit it,
        # not money
        ratio = ratio[np.isfinite(ratio)]
        dearest = self.margin.max(initial=0.0)
        return float(ratio.max(initial=0.0)), float(max(dearest, 0.0))

    def fill(self, start: Picked, prices: tuple[float, float]) -> Picked:
        """Spend what is left: change customers to better choices, cheapest loss at the
        prices first, as long as they fit.
        """
        current = start
        for _step in range(MOST_FILLS):
            better = self._filled(current, prices)
            if better is None:
                break
            current = better
        return current

    def _filled(self, now: Picked, prices: tuple[float, float]) -> Picked | None:
        left, room = self.budget - now.spent, self.most - now.n
        margin, units, given = self._held(now.choice)
        more = self.units - units[:, None]
        gain = self.margin - margin[:, None]
        is_new = ~given[:, None]
        can = (gain > 0) & (more <= left) & (~is_new | (room > 0))
        rows = np.flatnonzero(can.any(axis=1))
        if not len(rows):
            return None
        loss = gain[rows] - prices[0] * more[rows] / UNIT - prices[1] * is_new[rows]
        loss = np.where(can[rows], loss, -np.inf)
        places = loss.argmax(axis=1)
        # stable: of equal customers the earlier one is changed, on every machine and
        # every run
        order = np.argsort(-loss[np.arange(len(rows)), places], kind="stable")
        rows, places = rows[order], places[order]
        n_fit = _n_fitting(more[rows, places], is_new[rows, 0], left, room)
        choice = now.choice.copy()
        choice[rows[:n_fit]] = places[:n_fit]
        return self.picked(choice)

    def _held(self, choice: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        given = choice >= 0
        rows = np.flatnonzero(given)
        margin, units = np.zeros(self.n), np.zeros(self.n, dtype=np.int64)
        margin[rows] = self.margin[rows, choice[rows]]
        units[rows] = self.units[rows, choice[rows]]
        return margin, units, given


def _n_fitting(units: np.ndarray, is_new: np.ndarray, left: int, room: int) -> int:
    """Return how many changes in this order stay inside both limits, at least one."""
    # floating sums first: whole ones could pass their range behind the place looked for
    rough = int(
        np.searchsorted(_highest_so_far(units.astype(float)), left + 0.5, "right")
    )
    sums = np.cumsum(units[: max(rough, 1)])
    is_over = (sums > left) | (np.cumsum(is_new[: len(sums)]) > room)
    return int(is_over.argmax()) if is_over.any() else len(sums)


def _highest_so_far(units: np.ndarray) -> np.ndarray:
    return np.maximum.accumulate(np.cumsum(units))


def _exact(units: np.ndarray) -> int:
    """Sum whole units without passing the range of 64 bits."""
    high, low = units >> 32, units & 0xFFFFFFFF
    return (int(high.sum()) << 32) + int(low.sum())


def _lowest(
    planes: list[tuple[tuple[float, float], float, tuple[float, float]]],
    highest: tuple[float, float],
) -> tuple[tuple[float, float], float]:
    """Return where the planes' upper hull is lowest, and how low."""
    rows = np.array([(*slope, -1.0) for _at, _value, slope in planes])
    level = np.array(
        [slope[0] * at[0] + slope[1] * at[1] - value for at, value, slope in planes]
    )
    scale = np.abs(rows[:, :2]).max(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    rows[:, :2] /= scale
    bounds = [
        (0, highest[0] * scale[0] or 0),
        (0, highest[1] * scale[1] or 0),
        (0, None),
    ]
    found = linprog([0, 0, 1], A_ub=rows, b_ub=level, bounds=bounds, method="highs")
    if not found.success:
        return planes[-1][0], -np.inf
    return (found.x[0] / scale[0], found.x[1] / scale[1]), float(found.fun)
