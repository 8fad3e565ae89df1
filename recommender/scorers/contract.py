"""What every scorer promises: a raw score that is the sum of what each feature adds;
nothing before it is fitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt

from .link_functions import Family, Floats, NothingToLearn

__all__ = [
    "Floats",
    "NotFitted",
    "Scorer",
    "State",
    "check_labels",
    "packed",
    "raw_scores",
    "unpacked",
    "words",
]

State = dict[str, npt.NDArray[Any]]


class NotFitted(RuntimeError):
    """An unfitted scorer was asked for scores."""


class Scorer(Protocol):
    """One way to score: ``x`` is (n, d) with NaN where nothing is known, columns as in
    ``names``.
    """

    key: ClassVar[str]
    family: Family
    names: tuple[str, ...]

    @property
    def bias_(self) -> float:
        """The raw score of whom no feature says anything."""
        ...

    def fit(self, x: Floats, y: Floats) -> Self:
        """Learn; raise `NothingToLearn`."""
        ...

    def contributions(self, x: Floats) -> Floats:
        """Return what each feature adds to the raw score of each customer: (n, d);
        raise `NotFitted`.
        """
        ...

    def state(self) -> State:
        """Return everything learned as plain arrays."""
        ...


def raw_scores(scorer: Scorer, x: Floats) -> Floats:
    """Return the raw scores: bias plus contributions."""  # (n,)
    return scorer.contributions(x).sum(1) + scorer.bias_


def check_labels(family: Family, y: Floats) -> None:
    """Refuse labels that teach nothing: none, or all the same."""
    if len(y) == 0:
        raise NothingToLearn("there is nobody to learn from")
    if np.all(y == y[0]):
        what = (
            ("nobody did", "everybody did")[int(y[0] > 0)]
            if family is Family.YES
            else f"everybody's is {y[0]:g}"
        )
        raise NothingToLearn(f"all {len(y)} customers are the same: {what}")


def packed(states: Mapping[str, State]) -> State:
    """Put several scorers' states into one, names told apart by a prefix."""
    return {
        f"{prefix}/{name}": value
        for prefix, state in states.items()
        for name, value in state.items()
    }


def unpacked(state: State, prefix: str) -> State:
    """Take one scorer's state out again."""
    start = prefix + "/"
    return {
        name.removeprefix(start): value
        for name, value in state.items()
        if name.startswith(start)
    }


def words(values: Sequence[str]) -> npt.NDArray[np.str_]:
    return np.array(list(values), dtype=np.str_)
