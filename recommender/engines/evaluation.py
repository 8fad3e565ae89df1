"""Judge a hybrid and each of its parts on a window that none of them has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.stats.ranking import hit_rate, ndcg, recall

from .base import Floats, Interactions, Long, best
from .hybrid import Hybrid
from .modes import MODES, Mode, barred, without
from .parts import chunks
from .windows import Window

DEPTH = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """Per customer with something to find: how good her list was."""

    customer: Long  # (n,) row of the judge
    ndcg_at_10: Floats
    recall_at_20: Floats
    hit_at_10: Floats


def evaluate(hybrid: Hybrid, window: Window) -> dict[str, dict[Mode, Measured]]:
    """Measure the hybrid and each part alone, by mode."""
    tops: dict[str, dict[Mode, Long]] = {"hybrid": {mode: hybrid.rank(window.judges, mode, DEPTH).columns for mode in MODES}}
    tops |= _part_tops(hybrid, window.judges)
    return {name: {mode: _measure(window, mode, top) for mode, top in by_mode.items()} for name, by_mode in tops.items()}


def _part_tops(hybrid: Hybrid, judges: Interactions) -> dict[str, dict[Mode, Long]]:
    found: dict[str, dict[Mode, list[Long]]] = {}
    for rows in chunks(judges):
        some = judges.of(rows)
        shut = {mode: barred(some, mode) for mode in MODES}
        for engine in hybrid.parts.engines:
            scores = engine.score(some)
            for mode in MODES:
                top = best(without(scores, shut[mode]), DEPTH)
                kept = np.where(np.take_along_axis(shut[mode], top, 1), -1, top)
                found.setdefault(str(engine), {}).setdefault(mode, []).append(kept)
    return {name: {mode: np.concatenate(tops) for mode, tops in by_mode.items()} for name, by_mode in found.items()}


def _measure(window: Window, mode: Mode, top: Long) -> Measured:
    relevant = window.relevant(mode)
    n_relevant = np.diff(relevant.indptr)
    wanted = np.flatnonzero(n_relevant)
    bought = relevant[wanted].toarray() > 0 if len(wanted) else np.zeros((0, relevant.shape[1]), bool)
    shown = top[wanted]
    hits = np.take_along_axis(bought, np.maximum(shown, 0), 1) & (shown >= 0)
    n = n_relevant[wanted]
    return Measured(wanted, ndcg(hits, n, 10), recall(hits, n, 20), hit_rate(hits, 10))
