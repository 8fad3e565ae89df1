"""What is expected of a customer: the labels, and which scores follow from one model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.scorers.link_functions import Family, Floats

from .expressions import LONG
from .features import Snapshot

Who = npt.NDArray[np.bool_]
DROP = 0.5  # spending less than this share of what was usual is a drop


@dataclass(frozen=True)
class Target:
    """One thing to learn. ``who`` says of whom it can be asked; ``label`` what came,
    from orders and spend.
    """

    key: str
    family: Family
    words: str
    who: Callable[[Snapshot], Who]
    label: Callable[[Snapshot, Floats, Floats, float], Floats]
    # purchases or money to come: what buy-till-you-die models tell too
    is_lifetime: bool = True


def usual_spend(snapshot: Snapshot, days: float) -> Floats:
    """What a customer spent in the last 90 days, per ``days``."""  # (n,)
    return snapshot.column(f"spend_{LONG}") * days / LONG


def _everybody(snapshot: Snapshot) -> Who:
    return np.ones(len(snapshot.customers), bool)


def _spenders(snapshot: Snapshot) -> Who:
    return snapshot.column(f"spend_{LONG}") > 0


TARGETS = {
    one.key: one
    for one in (
        Target(
            "purchase",
            Family.YES,
            "buys within {days} days",
            _everybody,
            lambda _snapshot, n_orders, _spend, _days: (n_orders > 0).astype(
                np.float64
            ),
        ),
        Target(
            "spend_drop",
            Family.YES,
            "spends within {days} days less than half of the usual, by the 90 days"
            " before",
            _spenders,
            lambda snapshot, _orders, spend, days: (
                spend < DROP * usual_spend(snapshot, days)
            ).astype(np.float64),
            is_lifetime=False,
        ),
        Target(
            "value",
            Family.AMOUNT,
            "money spent within {days} days",
            _everybody,
            lambda _snapshot, _orders, spend, _days: np.maximum(spend, 0.0),
        ),
    )
}


@dataclass(frozen=True)
class Kind:
    """One kind of score: what a target's model says, or for churn its opposite."""

    key: str
    target: Target
    is_opposite: bool = False
    is_high_good: bool = True  # for the shop


KINDS = {
    one.key: one
    for one in (
        Kind("purchase", TARGETS["purchase"]),
        Kind("churn", TARGETS["purchase"], is_opposite=True, is_high_good=False),
        Kind("spend_drop", TARGETS["spend_drop"], is_high_good=False),
        Kind("value", TARGETS["value"]),
    )
}
