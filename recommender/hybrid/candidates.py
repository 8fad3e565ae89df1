"""The candidates of a window: what every part would show, and which of it was bought."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from recommender.engines.base import Flags, Floats, Interactions, Long, best
from recommender.matrices.modes import MODES, Mode, without

from .parts import Parts, chunks
from .repeats import RepeatCurve, kept
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
    # (n, width) chance that what she has is bought again; NaN where she has it not
    again: Floats

    @classmethod
    def of(cls, window: Window, parts: Parts, curve: RepeatCurve) -> dict[Mode, Pool]:
        """Unite the best items of every part for each judge, by mode."""
        relevant = {mode: window.relevant(mode) for mode in MODES}
        found: dict[Mode, list[Pool]] = {mode: [] for mode in MODES}
        for rows in chunks(window.judges):
            some = window.judges.of(rows)
            scores, again = parts.scores(some), _again(curve, some)
            for mode, (columns, counts) in _candidates(some, scores).items():
                found[mode].append(
                    _chunk(rows, scores, again, relevant[mode][rows], columns, counts)
                )
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
            np.concatenate([part.again for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.judge)

    def widened(self, width: int) -> Pool:
        """Add empty places."""
        more = ((0, 0), (0, width - self.columns.shape[1]))
        return Pool(
            self.judge,
            np.pad(self.columns, more),
            np.pad(self.counts, more),
            np.pad(self.scores, ((0, 0), *more)),
            np.pad(self.is_bought, more),
            self.n_relevant,
            np.pad(self.again, more, constant_values=np.nan),
        )

    def narrowed(self, value: Floats, k: int) -> Pool:
        """Keep the k best places of each judge by this value."""
        top = best(value, k)
        return Pool(
            self.judge,
            np.take_along_axis(self.columns, top, 1),
            np.take_along_axis(self.counts, top, 1),
            np.take_along_axis(self.scores, top[None], 2),
            np.take_along_axis(self.is_bought, top, 1),
            self.n_relevant,
            np.take_along_axis(self.again, top, 1),
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
            self.again[rows],
        )

    def kept(self, half: float) -> Floats:
        """Share of its value that each place keeps, by whether it is bought again."""  # (n, width)
        is_owned = ~np.isnan(self.again)
        return np.where(is_owned, kept(np.nan_to_num(self.again), half), 1).astype(
            np.float32
        )

    def damped(self, half: float) -> Pool:
        """Lower the scores of what the customer has, as `Repeats.damp` does."""
        return replace(self, scores=self.scores * self.kept(half)) if half else self


def _candidates(some: Interactions, scores: Floats) -> dict[Mode, tuple[Long, Flags]]:
    """Find every part's best items among those the customer has and among those she has
    not; `all` unites the two.
    """
    owned = some.owned()
    has, is_item = _padded(owned)
    hers = np.where(is_item, np.take_along_axis(scores, has[None], 2), -np.inf)
    again, counts = unite(hers, DEPTH)
    again = np.take_along_axis(has, again, 1)
    new, new_counts = unite(without(scores, owned.toarray() > 0), DEPTH)
    both, both_counts = (
        np.concatenate([again, new], 1),
        np.concatenate([counts, new_counts], 1),
    )
    return {
        "repeat": (again, counts),
        "discover": (new, new_counts),
        "all": (both, both_counts),
    }


def _padded(owned: sp.csr_array) -> tuple[Long, Flags]:
    # (n, longest) twice
    """Lay each row's columns out side by side, and say which places hold one."""
    length = np.diff(owned.indptr)
    places = np.arange(length.max(initial=0))
    is_item = places < length[:, None]
    columns = np.zeros(is_item.shape, np.int64)
    columns[is_item] = owned.indices
    return columns, is_item


def _again(curve: RepeatCurve, some: Interactions) -> Floats:
    """Lay out the chances of what the customers have; NaN elsewhere."""  # (n, n_items)
    found = np.full((some.n_customers, some.n_items), np.nan, np.float32)
    chance = curve.chance(some).tocoo()
    found[chance.coords] = chance.data
    return found


def _chunk(
    rows: Long,
    scores: Floats,
    again: Floats,
    relevant: sp.csr_array,
    columns: Long,
    counts: Flags,
) -> Pool:
    """Keep the judges with something to find."""
    bought = relevant.toarray() > 0
    whole = Pool(
        rows,
        columns,
        counts,
        np.take_along_axis(scores, columns[None], 2),
        np.take_along_axis(bought, columns, 1) & counts,
        bought.sum(1).astype(np.int64),
        np.take_along_axis(again, columns, 1),
    )
    return whole.some(np.flatnonzero(whole.n_relevant))


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
