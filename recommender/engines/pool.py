"""The candidates of a window: what every part would show, and which of it was bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from .base import Flags, Floats, Interactions, Long, best
from .modes import MODES, Mode, barred, without
from .parts import Parts, chunks
from .windows import Window

DEPTH = 60  # best items of every part


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates of the judges who had something to find."""

    judge: Long  # (n,) row in the window's judges
    columns: Long  # (n, width)
    counts: Flags  # (n, width) False where a place is empty
    scores: Floats  # (n_parts, n, width)
    is_bought: Flags  # (n, width)
    n_relevant: Long  # (n,)

    @classmethod
    def of(cls, window: Window, parts: Parts) -> dict[Mode, Pool]:
        """Unite the best items of every part for each judge, by mode."""
        relevant = {mode: window.relevant(mode) for mode in MODES}
        found: dict[Mode, list[Pool]] = {mode: [] for mode in MODES}
        for rows in chunks(window.judges):
            some = window.judges.of(rows)
            scores = parts.scores(some)
            for mode in MODES:
                found[mode].append(_chunk(some, rows, scores, relevant[mode][rows], mode))
        return {mode: cls._joined(each) for mode, each in found.items()}

    @classmethod
    def _joined(cls, narrow: list[Pool]) -> Pool:
        width = max(part.columns.shape[1] for part in narrow)
        parts = [part.widened(width) for part in narrow]
        return cls(
            np.concatenate([part.judge for part in parts]),
            np.concatenate([part.columns for part in parts]),
            np.concatenate([part.counts for part in parts]),
            np.concatenate([part.scores for part in parts], 1),
            np.concatenate([part.is_bought for part in parts]),
            np.concatenate([part.n_relevant for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.judge)

    def widened(self, width: int) -> Pool:
        """Add empty places."""
        more = ((0, 0), (0, width - self.columns.shape[1]))
        columns, counts, is_bought = (np.pad(a, more) for a in (self.columns, self.counts, self.is_bought))
        return Pool(self.judge, columns, counts, np.pad(self.scores, ((0, 0), *more)), is_bought, self.n_relevant)

    def narrowed(self, value: Floats, k: int) -> Pool:
        """Keep the k best places of each judge by this value."""
        top = best(value, k)
        columns, counts, is_bought = (np.take_along_axis(a, top, 1) for a in (self.columns, self.counts, self.is_bought))
        return Pool(
            self.judge, columns, counts, np.take_along_axis(self.scores, top[None], 2), is_bought, self.n_relevant
        )

    def some(self, rows: Long) -> Pool:
        """Keep some judges."""
        return Pool(
            self.judge[rows],
            self.columns[rows],
            self.counts[rows],
            self.scores[:, rows],
            self.is_bought[rows],
            self.n_relevant[rows],
        )


def _chunk(some: Interactions, rows: Long, scores: Floats, relevant: sp.csr_array, mode: Mode) -> Pool:
    bought = relevant.toarray() > 0
    wanted = np.flatnonzero(bought.any(1))
    scores, bought = scores[:, wanted], bought[wanted]
    columns, counts = unite(without(scores, barred(some.of(wanted), mode)), DEPTH)
    return Pool(
        rows[wanted],
        columns,
        counts,
        np.take_along_axis(scores, columns[None], 2),
        np.take_along_axis(bought, columns, 1) & counts,
        bought.sum(1).astype(np.int64),
    )


def unite(scores: Floats, depth: int) -> tuple[Long, Flags]:
    """Unite the best `depth` items of every part per customer, and say which places count.

    Places that repeat an item or hold a barred one (minus infinity) do not count.
    """  # (n_customers, width) twice
    tops = np.concatenate([best(part, depth) for part in scores], 1)
    counts = np.isfinite(np.take_along_axis(scores[0], tops, 1))
    by = np.argsort(tops, axis=1, kind="stable")
    tops, counts = np.take_along_axis(tops, by, 1), np.take_along_axis(counts, by, 1)
    counts[:, 1:] &= np.diff(tops, axis=1) != 0
    width = int(counts.sum(1).max(initial=0))
    front = np.argsort(~counts, axis=1, kind="stable")[:, :width]
    return np.take_along_axis(tops, front, 1), np.take_along_axis(counts, front, 1)
