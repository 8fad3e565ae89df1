"""Whether what a customer has is bought again: the shop's curve by age and number of
purchases, drawn towards what each item and each customer has shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recommender.engines.base import Flags, Floats, Interactions, Long, Whole
from recommender.matrices.modes import Mode

# borders of the curve's cells: horizons since the newest purchase, and purchases
AGES = np.array([0.5, 1, 2, 4, 8], np.float32)
TIMES = np.array([2, 3, 5], np.int64)
SHAPE = (len(AGES) + 1, len(TIMES) + 1)
MAX_MOMENTS = 6  # past moments at which the curve is counted, a horizon apart
# expected repeats that the belief "as usual in the shop" is worth
PRIOR = 3.0
ENOUGH = 100  # owned pairs seen of which none came again: then none does
# chances at which an owned item keeps half of its value, tried beside 0: keeps all
HALVES = (0.01, 0.03, 0.1, 0.3, np.inf)


@dataclass(frozen=True, slots=True)
class RepeatCurve:
    """Expects owned items to be bought again: the shop's rate of a cell, times the
    item's own factor, times the customer's own.
    """

    horizon: float  # days
    rate: Floats  # (n_cells,) share bought again within a horizon
    item: Floats  # (n_items,) repeats over expected ones
    is_never: bool  # enough was seen, and nothing of it was ever bought again

    @classmethod
    def of(cls, past: Interactions, horizon: float) -> RepeatCurve:
        """Count at past moments what was owned, and what of it came again."""
        seen = list(_moments(past, horizon))
        n = SHAPE[0] * SHAPE[1]
        owned, again = np.zeros(n), np.zeros(n)
        for one in seen:
            owned += np.bincount(one.cell, minlength=n)
            again += np.bincount(one.cell, one.came, n)
        # cells that few pairs reached follow the shop's mean
        mean = again.sum() / max(owned.sum(), 1)
        rate = ((again + PRIOR * mean) / (owned + PRIOR)).astype(np.float32)
        counted = [(one.item, one.came, rate[one.cell]) for one in seen]
        is_never = owned.sum() >= ENOUGH and not again.any()
        return cls(horizon, rate, _factors(counted, past.n_items), bool(is_never))

    def chance(self, histories: Interactions) -> sp.csr_array:
        """Chance that each owned item is bought again within a horizon from now."""  # (n_customers, n_items)
        pairs = _Pairs(histories)
        seen = list(_moments(histories, self.horizon, pairs))
        counted = [(one.customer, one.came, self._usual(one)) for one in seen]
        customer = _factors(counted, histories.n_customers)
        now = pairs.owned(0.0, self.horizon)
        value = np.minimum(self._usual(now) * customer[now.customer], 1)
        return sp.csr_array(
            (value, (now.customer, now.item)),
            shape=(histories.n_customers, histories.n_items),
        )

    def _usual(self, owned: _Owned) -> Floats:
        return self.rate[owned.cell] * self.item[owned.item]


@dataclass(frozen=True, slots=True)
class Repeats:
    """The curve, and how much an owned item must promise to keep its place, by mode and
    whether the customer is new.
    """

    curve: RepeatCurve
    halves: Mapping[tuple[Mode, bool], float]

    def damp(
        self, value: Floats, histories: Interactions, mode: Mode, is_new: Flags
    ) -> None:
        """Lower the value of what each customer has by how seldom it is bought again,
        in place.

        value (n_customers, n_items), is_new (n_customers,)
        """
        new, regular = self.halves[mode, True], self.halves[mode, False]
        if not (new or regular):
            return
        chance = self.curve.chance(histories).tocoo()
        rows, columns = chance.coords
        value[rows, columns] *= np.where(
            is_new[rows], kept(chance.data, new), kept(chance.data, regular)
        )


def kept(chance: Floats, half: float) -> Floats:
    """Share of its value that an owned item keeps: half of it where its chance is
    `half`, all of it where that is 0.
    """
    if not half:
        return np.ones_like(chance)
    return chance / (chance + np.float32(half))


@dataclass(frozen=True, slots=True)
class _Owned:
    """Pairs of customer and item at a moment, and whether they came again within the
    horizon after it.
    """

    customer: Whole
    item: Whole
    cell: Long  # of the curve
    came: Flags


class _Pairs:
    """Purchases in the order of customer and item, each with the age of the one that
    followed it.
    """

    def __init__(self, past: Interactions) -> None:
        key = past.customer.astype(np.int64) * past.n_items + past.item
        # within a customer the oldest comes first: a stable order keeps that
        by = np.argsort(key, kind="stable")
        key = key[by]
        self.customer, self.item = past.customer[by], past.item[by]
        self.age = past.age_days[by]
        opens = np.r_[True, np.diff(key) != 0][: len(key)]
        first = np.flatnonzero(opens)
        place = np.arange(len(key))
        self.number = place - np.repeat(first, np.diff(np.r_[first, len(key)])) + 1
        self.next_age = np.full(len(key), -np.inf, np.float32)
        again = np.flatnonzero(~opens)
        self.next_age[again - 1] = self.age[again]

    def owned(self, moment: float, horizon: float) -> _Owned:
        """Give each pair by its newest purchase before the moment."""
        newest = np.flatnonzero((self.age > moment) & (self.next_age <= moment))
        age = np.searchsorted(AGES, (self.age[newest] - moment) / horizon, "right")
        times = np.searchsorted(TIMES, self.number[newest], "right")
        return _Owned(
            self.customer[newest],
            self.item[newest],
            age * SHAPE[1] + times,
            self.next_age[newest] > moment - horizon,
        )


def _moments(
    past: Interactions, horizon: float, pairs: _Pairs | None = None
) -> Iterator[_Owned]:
    """Look at past moments, newest first, whose following horizon has passed."""
    pairs = pairs or _Pairs(past)
    oldest = float(past.age_days.max(initial=0))
    for number in range(1, MAX_MOMENTS + 1):
        if number * horizon < oldest:
            yield pairs.owned(number * horizon, horizon)


def _factors(counted: Sequence[tuple[Whole, Flags, Floats]], n: int) -> Floats:  # (n,)
    """Divide what came by what was expected, of each item or customer; drawn to 1."""
    came, expected = np.full(n, PRIOR), np.full(n, PRIOR)
    for who, again, usual in counted:
        came += np.bincount(who, again, n)
        expected += np.bincount(who, usual, n)
    return (came / expected).astype(np.float32)
