"""Say why a reader's score is what it is: what each kind of doing adds, exact sums, in
the customer's own words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.scorers.link_functions import Family, Floats

from .behaviour import Behaviour
from .reason_words import Reasons, spoken

HABITS = ""  # the key of what is left when every doing is taken away
LONGEST = 60  # characters of a reason's own words

Reads = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True)
class Told:
    """Raw scores, and what each kind adds: ``bias + added.sum(1) == raw``."""

    raw: Floats  # (n,)
    kinds: tuple[str, ...]
    added: Floats  # (n, n_kinds)
    bias: float


def tell(reads: Reads, people: Sequence[Behaviour]) -> Told:
    """Take one kind of doing after the other out of the texts; each adds what the raw
    score loses by that.
    """
    counted = Counter(
        kind for one in people for kind in {doing.kind for doing in one.doings}
    )
    kinds = [
        kind
        for kind, _n in sorted(counted.items(), key=lambda pair: (pair[1], pair[0]))
    ]
    steps = [
        [one.text(frozenset(kinds[:n])) for one in people]
        for n in range(len(kinds) + 1)
    ]
    unique = sorted({text for step in steps for text in step} | {""})
    read = dict(zip(unique, reads(unique).tolist(), strict=True))
    raw = np.array(
        [[read[text] for text in step] for step in steps]
    )  # (n_kinds + 1, n)
    added = np.vstack([raw[:-1] - raw[1:], raw[-1:] - read[""]]).T
    return Told(raw[0], (*kinds, HABITS), added, read[""])


def reasons(
    told: Told, people: Sequence[Behaviour], family: Family, sign: int
) -> list[Reasons]:
    """Say each customer's strongest reasons, strongest first; ``sign`` is −1 for the
    opposite of what was learned.
    """
    return spoken(
        told.added,
        told.bias,
        family,
        sign,
        lambda row, at: _say(told.kinds[at], people[row]),
    )


def _say(kind: str, one: Behaviour) -> str:
    said = (
        one.habits
        if kind == HABITS
        else next((doing.words for doing in one.doings if doing.kind == kind), kind)
    )
    return said if len(said) <= LONGEST else said[: LONGEST - 1].rstrip() + "…"
