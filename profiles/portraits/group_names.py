"""Readable names of customer groups, from what sets each apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WORDS_PER_NAME = 2
FAR = 0.15  # ranks from the middle at which a difference is worth a word
MIDDLE = "In the middle"


@dataclass(frozen=True)
class Feature:
    """A trait, and how a group is called that is low or high in it."""

    trait: str
    low: str
    high: str


def names(
    values: NDArray[np.float64], labels: NDArray[np.int64], features: Sequence[Feature]
) -> list[str]:
    """Name each group by the features in which its median lies furthest from the middle
    of all customers.

    ``values`` is (n, n_features), ``labels`` (n,) with groups 0 … k-1. A feature's
    distance is measured in ranks, so that no scale counts more than another. No two say
    the same, in whatever order: twins get one more word, then a number.
    """
    # (n, n_features), −.5 … .5
    ranks = values.argsort(0).argsort(0) / max(len(values) - 1, 1) - 0.5
    k = int(labels.max()) + 1 if len(labels) else 0
    # (k, n_features)  # noqa: ERA001
    offsets = np.array(
        [np.median(ranks[labels == group], axis=0) for group in range(k)]
    )
    taken: list[str] = []
    for offset in offsets:
        taken.append(_unused(_words(offset, features), taken))
    return taken


def _words(offset: NDArray[np.float64], features: Sequence[Feature]) -> list[str]:
    order = [
        place for place in np.argsort(-np.abs(offset)) if abs(offset[place]) >= FAR
    ]
    return [
        features[place].high if offset[place] > 0 else features[place].low
        for place in order
    ] or [MIDDLE]


def _unused(words: list[str], taken: list[str]) -> str:
    said = [_as_set(name) for name in taken]
    for n_words in range(min(WORDS_PER_NAME, len(words)), len(words) + 1):
        name = ", ".join(words[:n_words]).capitalize()
        if _as_set(name) not in said:
            return name
    base = ", ".join(words).capitalize()
    return f"{base} ({2 + sum(_as_set(base) < one for one in said)})"


def _as_set(name: str) -> frozenset[str]:
    """What a name says: "high spend, frequent" and "frequent, high spend" are one."""
    return frozenset(name.lower().replace(" (", ", (").split(", "))
