"""Why each item stands in a list: the word of the part that spoke for it most."""

from __future__ import annotations

import numpy as np

from .base import Floats, Interactions, Long, Reason
from .hybrid import Hybrid, Ranked
from .modes import Mode
from .personal import Personal, bought_before

Spoken = tuple[str, Reason]  # key of the engine, and what it says


def reasons(hybrid: Hybrid, part: Interactions, scores: Floats, mode: Mode, ranked: Ranked) -> list[list[Spoken]]:
    """Give every place of the lists its reason, row by row; for a chunk of customers and their parts' scores."""
    rows, places = np.nonzero(ranked.columns >= 0)
    columns = ranked.columns[rows, places]
    added = scores[:, rows, columns].T * hybrid.weights(part, mode)[rows]  # (n_pairs, n_parts)
    spoken = _spoken(hybrid, part, added, rows, columns)
    lists: list[list[Spoken]] = [[] for _ in range(part.n_customers)]
    for row, words in zip(rows, spoken, strict=True):
        lists[row].append(words)
    return lists


def _spoken(hybrid: Hybrid, part: Interactions, added: Floats, rows: Long, columns: Long) -> list[Spoken]:
    """Ask the part that added most, then the next; what the customer has bought before speaks for itself."""
    answers: list[Spoken | None] = [
        (Personal.key, again) if again else None for again in bought_before(part, rows, columns)
    ]
    order = np.argsort(-added, axis=1, kind="stable")
    for turn in range(order.shape[1]):
        for number, engine in enumerate(hybrid.parts.engines):
            asked = [pair for pair in np.flatnonzero(order[:, turn] == number) if answers[pair] is None]
            if not asked:
                continue
            for pair, reason in zip(asked, engine.reasons(part, rows[asked], columns[asked]), strict=True):
                answers[pair] = (engine.key, reason) if reason else None
    return [answer or ("ladder", Reason("fresh")) for answer in answers]
