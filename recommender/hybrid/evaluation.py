"""Judge a hybrid and each of its parts on a window that none of them has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.engines.base import Floats, Interactions, Long, best
from recommender.matrices.modes import MODES, Mode, barred, without
from recommender.stats.ranking import hit_rate, ndcg, recall

from .hybrid import Hybrid
from .parts import chunks
from .windows import Window

DEPTH = 20
GROUPS = {"1-2 orders": (1, 2), "3-9 orders": (3, 9), "10+ orders": (10, 2**31)}
MAX_STRANGERS = 1_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Per customer with something to find: how good her list was."""

    customer: Long  # (n,) row of the judge
    ndcg_at_10: Floats
    recall_at_20: Floats
    hit_at_10: Floats

    def named(self) -> dict[str, Floats]:
        return {
            "ndcg@10": self.ndcg_at_10,
            "recall@20": self.recall_at_20,
            "hit@10": self.hit_at_10,
        }


def evaluate(hybrid: Hybrid, window: Window) -> dict[str, dict[Mode, Measured]]:
    """Measure the hybrid and each part alone, by mode."""
    found: dict[str, dict[Mode, list[Long]]] = {}
    for rows in chunks(window.judges):
        some = window.judges.of(rows)
        for name, by_mode in (
            _parts_alone(hybrid, some) | {"hybrid": _hybrid(hybrid, some)}
        ).items():
            for mode, top in by_mode.items():
                found.setdefault(name, {}).setdefault(mode, []).append(top)
    return {
        name: {
            mode: measure(window, mode, np.concatenate(tops))
            for mode, tops in by_mode.items()
        }
        for name, by_mode in found.items()
    }


def by_orders(measured: Measured, window: Window) -> dict[str, Floats]:
    """Split the NDCG by how many orders were known of the customer."""
    n_orders = window.judges.n_baskets()[measured.customer]
    return {
        name: measured.ndcg_at_10[(n_orders >= low) & (n_orders <= high)]
        for name, (low, high) in GROUPS.items()
    }


def strangers(hybrid: Hybrid, past: Interactions, window: Window) -> Floats:
    """Measure the NDCG for customers of whom nothing was known when the window opened."""
    later = past.take((past.age_days <= window.starts) & (past.age_days > window.ends))
    new = np.setdiff1d(later.customer, window.past.customer)[:MAX_STRANGERS]
    empty = window.past.of(new)
    bought = later.of(new).owned()
    return measure(
        Window(window.past, empty, bought, window.starts, window.ends),
        "all",
        hybrid.rank(empty, "all", DEPTH).columns,
    ).ndcg_at_10


def measure(window: Window, mode: Mode, top: Long) -> Measured:
    """Compare the judges' lists with what they bought."""
    relevant = window.relevant(mode)
    n_relevant = np.diff(relevant.indptr)
    wanted = np.flatnonzero(n_relevant)
    bought = (
        relevant[wanted].toarray() > 0
        if len(wanted)
        else np.zeros((0, relevant.shape[1]), bool)
    )
    shown = top[wanted]
    hits = np.take_along_axis(bought, np.maximum(shown, 0), 1) & (shown >= 0)
    n = n_relevant[wanted]
    return Measured(wanted, ndcg(hits, n, 10), recall(hits, n, 20), hit_rate(hits, 10))


def _hybrid(hybrid: Hybrid, some: Interactions) -> dict[Mode, Long]:
    return {
        mode: ranked.columns
        for mode, ranked in hybrid.rank_chunk(some, MODES, DEPTH).items()
    }


def _parts_alone(hybrid: Hybrid, some: Interactions) -> dict[str, dict[Mode, Long]]:
    shut = {mode: barred(some, mode) for mode in MODES}
    scored = {engine.key: engine.score(some) for engine in hybrid.parts.engines}
    return {
        key: {mode: _top(scores, shut[mode]) for mode in MODES}
        for key, scores in scored.items()
    }


def _top(scores: Floats, shut: np.ndarray) -> Long:
    top = best(without(scores, shut), DEPTH)
    return np.where(np.take_along_axis(shut, top, 1), -1, top)
