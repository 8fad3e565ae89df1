"""What past windows teach: the weights of the parts, and whether a second look helps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from recommender.engines.base import Flags, Floats
from recommender.matrices.modes import MODES, Mode

from .candidates import Pool
from .hybrid import (
    N_CANDIDATES,
    Blend,
    Hybrid,
    candidate_features,
    school_of,
    second_look,
)
from .parts import Parts
from .reranker import Reranker
from .weights import blended, judged, learn_weights
from .windows import Window

# weights of the re-ranker that are tried; 0 keeps the blend
SECOND_LOOKS = (0.0, 0.3, 1.0, 3.0)
MAX_EXAMPLES = 60_000  # candidates of one window that a re-ranker learns from
MIN_JUDGES = 30  # customers with something to find; fewer prove nothing
NEWCOMER_JUDGES = 1_000


class Lesson:
    """One past window with the parts fitted to its start."""

    def __init__(self, window: Window, parts: Parts, seed: int) -> None:
        self.window, self.parts, self.seed = window, parts, seed
        self._examples: dict[Mode, tuple[Floats, Flags]] = {}

    @cached_property
    def pools(self) -> dict[Mode, Pool]:
        """The judges' candidates by mode."""
        return Pool.of(self.window, self.parts)

    @cached_property
    def newcomer_pools(self) -> dict[Mode, Pool]:
        """The candidates of the same judges as if they had come lately."""
        return Pool.of(
            self.window.of_some_judges(NEWCOMER_JUDGES).as_newcomers(), self.parts
        )

    @cached_property
    def own_weights(self) -> dict[Mode, Floats]:
        """Weights by which this window alone would pick candidates."""
        return {
            mode: learn_weights([pool]) if len(pool) else even(self.parts)
            for mode, pool in self.pools.items()
        }

    def examples(self, mode: Mode, weights: Floats) -> tuple[Floats, Flags]:
        """Give the features of the best candidates and whether they were bought, of as
        many judges as fit.
        """
        if mode not in self._examples:
            self._examples[mode] = self._draw(self.candidates(mode, weights))
        return self._examples[mode]

    def _draw(self, pool: Pool) -> tuple[Floats, Flags]:
        n_judges = MAX_EXAMPLES // max(pool.columns.shape[1], 1)
        if len(pool) > n_judges:
            pool = pool.some(
                np.sort(
                    np.random.default_rng(self.seed).choice(
                        len(pool), n_judges, replace=False
                    )
                )
            )
        keep = pool.counts.ravel()
        return self.features(pool)[keep], pool.is_bought.ravel()[keep]

    def candidates(self, mode: Mode, weights: Floats) -> Pool:
        """Narrow the pool to what a re-ranker is shown."""
        pool = self.pools[mode]
        return pool.narrowed(blended(pool, weights), N_CANDIDATES)

    def features(self, pool: Pool) -> Floats:
        return candidate_features(
            self.parts.facts,
            self.window.judges.of(pool.judge),
            pool.columns,
            pool.scores,
        )


class School:
    """All lessons of a shop, newest first; what two tests share is learned once."""

    def __init__(self, lessons: Sequence[Lesson], seed: int) -> None:
        self.lessons, self.seed = lessons, seed
        self._rerankers: dict[tuple[int, Mode], Reranker] = {}

    def hybrid(self, parts: Parts, newest: int) -> Hybrid:
        """Put a hybrid together from the lessons from number `newest` on.

        Older lessons teach the re-ranker that the newest judges; then all of them teach
        the one that is used.
        """
        if newest >= len(self.lessons):
            return Hybrid(
                parts,
                {
                    (mode, is_new): Blend(even(parts))
                    for mode in MODES
                    for is_new in (False, True)
                },
            )
        blends: dict[tuple[Mode, bool], Blend] = {}
        for mode in MODES:
            weights = self._weights(newest, mode, is_new=False)
            blends[mode, False] = Blend(weights, self._share(newest, mode, weights))
            blends[mode, True] = Blend(self._weights(newest, mode, is_new=True))
        used = {school_of(mode) for mode in MODES if blends[mode, False].second_look}
        return Hybrid(
            parts, blends, {mode: self.reranker(newest, mode) for mode in used}
        )

    def _weights(self, newest: int, mode: Mode, *, is_new: bool) -> Floats:
        """Learn from the two newest windows; a mode that nobody tried borrows the
        weights of `all`.
        """
        chosen = self.lessons[newest : newest + (1 if is_new else 2)]
        pools = [
            (lesson.newcomer_pools if is_new else lesson.pools)[mode]
            for lesson in chosen
        ]
        if sum(map(len, pools)) >= MIN_JUDGES:
            return learn_weights([pool for pool in pools if len(pool)])
        return (
            self._weights(newest, "all", is_new=is_new)
            if mode != "all"
            else even(chosen[0].parts)
        )

    def reranker(self, newest: int, mode: Mode) -> Reranker:
        """Learn from the lessons from number `newest` on."""
        if (newest, mode) not in self._rerankers:
            weights = self.lessons[-1].own_weights[mode]
            shown = [
                one.examples(mode, weights)
                for one in self.lessons[newest:]
                if len(one.pools[mode])
            ]
            taught = Reranker(self.seed)
            if shown:
                taught.fit(
                    np.concatenate([x for x, _ in shown]),
                    np.concatenate([y for _, y in shown]),
                )
            self._rerankers[newest, mode] = taught
        return self._rerankers[newest, mode]

    def _share(self, newest: int, mode: Mode, weights: Floats) -> float:
        """Choose how much the second look counts; 0 unless it wins."""
        lesson = self.lessons[newest]
        pool = lesson.candidates(mode, weights)
        reranker = self.reranker(newest + 1, school_of(mode))
        if reranker.is_silent or len(pool) < MIN_JUDGES:
            return 0.0
        value = blended(pool, weights)
        margin = reranker.margin(lesson.features(pool)).reshape(pool.columns.shape)
        return max(
            SECOND_LOOKS,
            key=lambda share: judged(pool, second_look(value, margin, share)).mean(),
        )


def even(parts: Parts) -> Floats:
    """Weights for a shop without a closed window."""  # (n_parts,)
    return np.full(len(parts.engines), 1 / len(parts.engines), np.float32)
