"""Score by how customers live and die: BG/NBD for how often, gamma-gamma for how much.
Learns from habits alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from recommender.stats.lifetimes import BuyTillYouDie, MoneyPerOrder

from .contract import NotFitted, State, check_labels
from .link_functions import Family, Floats, NothingToLearn

# Orders of one day are one purchase: rates are of days with a purchase, as in the
# papers. Models learned before 2026-12 knew orders only.
USED = (("tenure",), ("n_days", "n_orders"), ("recency",), ("spend_a_day", "basket"))
MOST_ROWS = 5_000  # more customers move four parameters by less than anyone can see
LEAST_ROWS = 30
# how many customers the belief "strangers are like everybody" is worth
STRANGERS = 10.0


class Lifetime:
    """Chance of a purchase, or the money expected, within ``days``. Never P(alive): it
    is 1 for one-time buyers.
    """

    key: ClassVar[str] = "lifetime"

    def __init__(
        self, family: Family, names: Sequence[str], days: float, seed: int = 0
    ) -> None:
        self.family, self.names, self.days, self.seed = family, tuple(names), days, seed
        self.places = [
            next(self.names.index(one) for one in either if one in self.names)
            for either in USED
        ]
        self.bias_: float

    def again(self) -> Self:
        """Return the same model, unfitted."""
        return type(self)(self.family, self.names, self.days, self.seed)

    def for_days(self, days: float) -> Self:
        """Ask the same model about another time ahead."""
        state = self.state()
        numbers = np.array([days, *state["numbers"][1:]])
        made = self.from_state(self.family, self.names, state | {"numbers": numbers})
        made.bias_ = float(made._raw(made.usual_[None])[0])
        return made

    def fit(self, x: Floats, y: Floats) -> Self:
        """Learn from the habits in (n, d); ``y`` only tells what strangers do. Raise
        `NothingToLearn`.
        """
        check_labels(self.family, y)
        known = self._known(x)
        buyers = np.flatnonzero(known[:, 1] > 0)
        if len(buyers) < LEAST_ROWS:
            raise NothingToLearn(f"only {len(buyers)} customers have ever bought")
        some = np.random.default_rng(self.seed).permutation(buyers)[:MOST_ROWS]
        repeat, last, life = _life(known[some])
        self.often_ = BuyTillYouDie.fit(repeat, last, life)
        paying = some[known[some, 3] > 0]
        self.money_ = (
            MoneyPerOrder.fit(known[paying, 1], known[paying, 3])
            if len(paying)
            else MoneyPerOrder(1, 2, 0)
        )
        new = y[known[:, 1] <= 0]
        self.stranger_ = float(
            (new.sum() + STRANGERS * y.mean()) / (len(new) + STRANGERS)
        )
        self.usual_ = np.median(known[buyers], axis=0)  # (4,)
        self.bias_ = float(self._raw(self.usual_[None])[0])
        return self

    def contributions(self, x: Floats) -> Floats:
        """Go from the usual customer to each one, a fact at a time: what each step adds
        to the raw score; (n, d).
        """
        if not hasattr(self, "often_"):
            raise NotFitted("this model was never fitted")
        known, at = self._known(x), np.tile(self.usual_, (len(x), 1))
        found, before = np.zeros((len(x), len(self.names))), np.full(len(x), self.bias_)
        is_stranger = known[:, 1] <= 0
        for column, place in enumerate(self.places):
            at[:, column] = known[:, column]
            after = self._raw(at)
            found[:, place], before = after - before, after
        found[is_stranger] = 0
        found[is_stranger, self.places[1]] = (
            self.family.raw(self.stranger_) - self.bias_
        )
        return found

    def state(self) -> State:
        often, money = self.often_, self.money_
        return {
            "often_": np.array([often.r, often.alpha, often.a, often.b]),
            "money_": np.array([money.p, money.q, money.v]),
            "numbers": np.array([self.days, self.stranger_, self.bias_]),
            "usual_": self.usual_,
        }

    @classmethod
    def from_state(cls, family: Family, names: Sequence[str], state: State) -> Self:
        days, stranger, bias = (float(number) for number in state["numbers"])
        made = cls(family, names, days)
        made.often_ = BuyTillYouDie(*(float(one) for one in state["often_"]))
        made.money_ = MoneyPerOrder(*(float(one) for one in state["money_"]))
        made.usual_, made.stranger_, made.bias_ = state["usual_"], stranger, bias
        return made

    def _known(self, x: Floats) -> Floats:
        return np.nan_to_num(x[:, self.places])  # (n, 4)

    def _raw(self, known: Floats) -> Floats:
        repeat, last, life = _life(known)
        if self.family is Family.YES:
            chance = np.clip(
                self.often_.buys(repeat, last, life, self.days), 1e-9, 1 - 1e-9
            )
            return np.log(chance) - np.log1p(-chance)
        often = self.often_.expected(repeat, last, life, self.days)
        return np.log(
            np.maximum(
                often * self.money_.expected(repeat + 1, np.maximum(known[:, 3], 0)),
                1e-9,
            )
        )


def _life(known: Floats) -> tuple[Floats, Floats, Floats]:
    """Turn tenure, days with a purchase and recency into x, t_x and T, in days."""
    life = np.maximum(known[:, 0], 1e-3)
    repeat = np.maximum(known[:, 1] - 1, 0.0)
    return repeat, np.where(repeat > 0, np.clip(life - known[:, 2], 0, life), 0.0), life
