"""Cut ranked lists to what is shown: in a known share of them one of the next items
takes the last place. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import numpy as np

NEXT = 10  # items that may take the last place


class Placed(Protocol):
    """One place of a list: a frozen dataclass that says how likely the place was to
    hold what it holds.
    """

    @property
    def propensity(self) -> float: ...


Place = TypeVar("Place", bound=Placed)


def cut(
    ranked: Sequence[Place], k: int, share: float, seed: Sequence[int]
) -> list[Place]:
    """Return the first k places, the last one drawn; the same seed draws the same."""
    shown, others = list(ranked[:k]), ranked[k : k + NEXT]
    if not share or not others:
        return shown
    dice: Any = np.random.default_rng(list(seed))
    drawn = int(dice.integers(len(others)))
    if dice.random() < share:
        return [*shown[:-1], replace(others[drawn], propensity=share / len(others))]  # type: ignore[type-var]
    return [*shown[:-1], replace(shown[-1], propensity=1 - share)]  # type: ignore[type-var]
