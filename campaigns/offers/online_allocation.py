"""Who gets which offer when customers come one at a time, and nobody knows who comes
next. Pure.

A customer gets the value whose margin exceeds its price most. The prices of money and of
a coupon are those at which the customers seen last would have spent what is left for each
that is still expected; so they follow who comes, and not when.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from campaigns.offers.allocation import (
    NONE,
    UNIT,
    Allocation,
    Choices,
    Limits,
    allocate,
)

REMEMBERED = 1_000  # customers
EACH = 100  # so many customers later the prices are found anew
OFTEN_FROM = 300  # and at each one of the last
STEPS = 30
ROUNDS = 2


class OnlineAllocation:
    """One budget, handed out to about ``n_expected`` customers; never passed."""

    def __init__(self, limits: Limits, n_expected: int, n_values: int) -> None:
        self.floor = limits.floor
        self.left = int(np.floor(np.round(limits.budget * UNIT, 3)))  # in units
        self.room = n_expected if limits.most is None else limits.most
        self.n_left = n_expected
        self.prices_ = (0.0, 0.0)  # of a unit of money, of a coupon
        self.n_seen = 0
        shape = (REMEMBERED, n_values)
        self._margin, self._units = np.full(shape, -np.inf), np.zeros(shape)

    def offer(self, margin: np.ndarray, cost: np.ndarray) -> int:
        """Return the place of the value that this customer gets, `NONE` for nothing."""
        units = np.ceil(np.round(cost * UNIT, 3))
        can = np.isfinite(margin) & np.isfinite(units)
        can &= (margin > 0) & (margin >= self.floor)
        margin, units = np.where(can, margin, -np.inf), np.where(can, units, 0.0)
        self._remember(margin, units)
        choice = self._best(margin, units)
        self.n_left = max(self.n_left - 1, 1)
        if choice != NONE:
            self.left -= int(units[choice])
            self.room -= 1
        return choice

    def _best(self, margin: np.ndarray, units: np.ndarray) -> int:
        if self.room < 1:
            return NONE
        worth = margin - self.prices_[0] * units - self.prices_[1]
        worth = np.where(units <= self.left, worth, -np.inf)
        best = int(worth.argmax())
        return best if worth[best] > 0 else NONE

    def _remember(self, margin: np.ndarray, units: np.ndarray) -> None:
        place = self.n_seen % REMEMBERED
        self._margin[place], self._units[place] = margin, units
        self.n_seen += 1
        is_early = self.n_seen <= EACH and self.n_seen & (self.n_seen - 1) == 0
        if is_early or self.n_seen % EACH == 0 or self.n_left <= OFTEN_FROM:
            self._find_prices()

    def _find_prices(self) -> None:
        n = min(self.n_seen, REMEMBERED)
        seen = _Seen(self._margin[:n], self._units[:n])
        money, coupons = self.left / self.n_left * n, self.room / self.n_left * n
        of_money = of_coupon = 0.0
        for _round in range(ROUNDS):
            of_money = _least(
                partial(seen.spends_at_most, money, of_coupon), seen.dearest
            )
            of_coupon = _least(
                partial(seen.takes_at_most, coupons, of_money), seen.largest
            )
        self.prices_ = (of_money, of_coupon)


class _Seen:
    """The customers seen last, and what they would take at other prices."""

    def __init__(self, margin: np.ndarray, units: np.ndarray) -> None:
        self.margin, self.units = margin, units
        self.rows = np.arange(len(margin))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = margin / units
        self.dearest = float(ratios[np.isfinite(ratios)].max(initial=0.0))
        self.largest = float(margin[np.isfinite(margin)].max(initial=0.0))

    def spends_at_most(self, money: float, of_coupon: float, of_money: float) -> bool:
        places, given = self._taken(of_money, of_coupon)
        return float(self.units[self.rows, places][given].sum()) <= money

    def takes_at_most(self, most: float, of_money: float, of_coupon: float) -> bool:
        return int(self._taken(of_money, of_coupon)[1].sum()) <= most

    def _taken(
        self, of_money: float, of_coupon: float
    ) -> tuple[np.ndarray, np.ndarray]:
        worth = self.margin - of_money * self.units - of_coupon
        places = worth.argmax(axis=1)
        return places, worth[self.rows, places] > 0


def _least(is_enough: Callable[[float], bool], highest: float) -> float:
    """Return the least price at which it is enough, by halving."""
    if is_enough(0.0):
        return 0.0
    low, high = 0.0, highest
    for _step in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def allocate_online(choices: Choices, limits: Limits) -> Allocation:
    """Offer to customers in their order, as if each were the last one known; the bound is
    what somebody could bring who knew them all.
    """
    n, n_values = choices.margin.shape
    online = OnlineAllocation(limits, n, n_values)
    chosen = np.array(
        [
            online.offer(margin, cost)
            for margin, cost in zip(choices.margin, choices.cost, strict=True)
        ],
        dtype=int,
    ).reshape(n)
    rows = np.flatnonzero(chosen >= 0)
    return Allocation(
        choice=chosen,
        spent=round(limits.budget * UNIT - online.left) / UNIT,
        gain=float(choices.margin[rows, chosen[rows]].sum()),
        bound=allocate(choices, limits).bound,
        n_given=len(rows),
        price_of_money=online.prices_[0] * UNIT,
        price_of_coupon=online.prices_[1],
    )
