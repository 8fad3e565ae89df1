"""Why each item stands in a list: the word of the part that spoke for it most."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.engines.base import Floats, Interactions, Long, Reason
from recommender.engines.personal import Personal, bought_before
from recommender.matrices.modes import Mode

from .hybrid import Hybrid, Ranked

Spoken = tuple[str, Reason]  # key of the engine, and what it says


def reasons(
    hybrid: Hybrid, part: Interactions, scores: Floats, ranked: Mapping[Mode, Ranked]
) -> dict[Mode, list[list[Spoken]]]:
    """Give every place of the lists its reason, row by row; for a chunk of customers
    and their parts' scores.

    The parts are asked once for all modes.
    """
    places = {mode: np.nonzero(one.columns >= 0) for mode, one in ranked.items()}
    rows = np.concatenate([row for row, _place in places.values()])
    columns = np.concatenate(
        [one.columns[places[mode]] for mode, one in ranked.items()]
    )
    weights = np.concatenate(
        [hybrid.weights(part, mode)[places[mode][0]] for mode in ranked]
    )
    spoken = iter(
        _spoken(hybrid, part, scores[:, rows, columns].T * weights, rows, columns)
    )
    lists: dict[Mode, list[list[Spoken]]] = {
        mode: [[] for _ in range(part.n_customers)] for mode in ranked
    }
    for mode, (mine, _place) in places.items():
        for row in mine.tolist():
            lists[mode][row].append(next(spoken))
    return lists


def _spoken(
    hybrid: Hybrid, part: Interactions, added: Floats, rows: Long, columns: Long
) -> list[Spoken]:
    """Ask the part that added most, then the next; what the customer has bought before
    speaks for itself.
    """
    answers: list[Spoken | None] = [
        (Personal.key, again) if again else None
        for again in bought_before(part, rows, columns)
    ]
    order = np.argsort(-added, axis=1, kind="stable")
    for turn in range(order.shape[1]):
        open_ = np.array([answer is None for answer in answers], bool)
        for number, engine in enumerate(hybrid.parts.engines):
            asked = np.flatnonzero(open_ & (order[:, turn] == number))
            if not len(asked):
                continue
            for pair, reason in zip(
                asked.tolist(),
                engine.reasons(part, rows[asked], columns[asked]),
                strict=True,
            ):
                answers[pair] = (engine.key, reason) if reason else None
    return [answer or ("ladder", Reason("fresh")) for answer in answers]
