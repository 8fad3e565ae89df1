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
from .repeats import RepeatCurve, Repeats
from .reranker import Reranker
from .weights import Tuning, blended, judged, tune
from .windows import Window

# weights of the re-ranker that are tried; 0 keeps the blend
SECOND_LOOKS = (0.0, 0.3, 1.0, 3.0)
MAX_EXAMPLES = 60_000  # candidates of one window that a re-ranker learns from
MIN_JUDGES = 30  # customers with something to find; fewer prove nothing
NEWCOMER_JUDGES = 1_000
KEYS = [(mode, is_new) for mode in MODES for is_new in (False, True)]


class Lesson:
    """One past window, and what the parts fitted to its start would show."""

    def __init__(
        self, window: Window, parts: Parts, seed: int, *, with_newcomers: bool = True
    ) -> None:
        self.window, self.seed = window, seed
        self.facts, self.n_parts = parts.facts, len(parts.engines)
        self.curve = RepeatCurve.of(window.past, window.starts - window.ends)
        # the judges' candidates by mode. They are looked up at once: parts are large,
        # and those of old windows are of no other use
        self.pools = Pool.of(window, parts, self.curve)
        # the candidates of the same judges as if they had come lately
        self.newcomer_pools = (
            Pool.of(
                window.of_some_judges(NEWCOMER_JUDGES).as_newcomers(), parts, self.curve
            )
            if with_newcomers
            else {}
        )
        self._examples: dict[Mode, tuple[Floats, Flags]] = {}

    @cached_property
    def own_tuning(self) -> dict[Mode, Tuning]:
        """How this window alone would pick candidates."""
        return {
            mode: tune([pool]) if len(pool) else Tuning(even(self.n_parts))
            for mode, pool in self.pools.items()
        }

    def examples(self, mode: Mode, tuning: Tuning) -> tuple[Floats, Flags]:
        """Give the features of the best candidates and whether they were bought, of as
        many judges as fit.
        """
        if mode not in self._examples:
            self._examples[mode] = self._draw(self.candidates(mode, tuning))
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

    def candidates(self, mode: Mode, tuning: Tuning) -> Pool:
        """Narrow the pool to what a re-ranker is shown."""
        pool = self.pools[mode]
        value = blended(pool, tuning.weights, tuning.half)
        return pool.narrowed(value, N_CANDIDATES)

    def features(self, pool: Pool) -> Floats:
        return candidate_features(
            self.facts,
            self.window.judges.of(pool.judge),
            pool.columns,
            pool.scores,
        )


class School:
    """All lessons of a shop, newest first; what two tests share is learned once."""

    def __init__(self, lessons: Sequence[Lesson], seed: int) -> None:
        self.lessons, self.seed = lessons, seed
        self._rerankers: dict[tuple[int, Mode], Reranker] = {}

    def hybrid(self, parts: Parts, curve: RepeatCurve, newest: int) -> Hybrid:
        """Put a hybrid together from the lessons from number `newest` on.

        Older lessons teach the re-ranker that the newest judges; then all of them teach
        the one that is used.
        """
        if newest >= len(self.lessons):
            return self._untaught(parts, curve)
        tunings = self._tunings(newest)
        blends = {
            (mode, is_new): Blend(
                tuning.weights,
                0.0 if is_new else self._share(newest, mode, tuning),
            )
            for (mode, is_new), tuning in tunings.items()
        }
        used = {school_of(mode) for mode in MODES if blends[mode, False].second_look}
        return Hybrid(
            parts,
            blends,
            {mode: self.reranker(newest, mode) for mode in used},
            Repeats(curve, {key: tuning.half for key, tuning in tunings.items()}),
        )

    def _untaught(self, parts: Parts, curve: RepeatCurve) -> Hybrid:
        every = untaught(len(parts.engines), curve)
        blends = {key: Blend(every.weights) for key in KEYS}
        halves = {(m, new): every.half if m == "all" else 0.0 for m, new in KEYS}
        return Hybrid(parts, blends, repeats=Repeats(curve, halves))

    def _tunings(self, newest: int) -> dict[tuple[Mode, bool], Tuning]:
        """Learn from the two newest windows; a mode that nobody tried borrows what
        `all` has learned.
        """
        found: dict[tuple[Mode, bool], Tuning] = {}
        for is_new in (False, True):
            chosen = self.lessons[newest : newest + (1 if is_new else 2)]
            pools = [
                lesson.newcomer_pools if is_new else lesson.pools for lesson in chosen
            ]
            own = {
                mode: _tuned([one[mode] for one in pools])
                for mode in ("discover", "repeat")
            }
            new = own["discover"]
            every = _tuned([one["all"] for one in pools], new.weights if new else None)
            every = every or untaught(chosen[0].n_parts, chosen[0].curve)
            found |= {
                ("all", is_new): every,
                ("repeat", is_new): own["repeat"] or Tuning(every.weights),
                ("discover", is_new): new or Tuning(every.weights),
            }
        return found

    def reranker(self, newest: int, mode: Mode) -> Reranker:
        """Learn from the lessons from number `newest` on."""
        if (newest, mode) not in self._rerankers:
            tuning = self.lessons[-1].own_tuning[mode]
            shown = [
                one.examples(mode, tuning)
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

    def _share(self, newest: int, mode: Mode, tuning: Tuning) -> float:
        """Choose how much the second look counts; 0 unless it wins."""
        lesson = self.lessons[newest]
        pool = lesson.candidates(mode, tuning)
        reranker = self.reranker(newest + 1, school_of(mode))
        if reranker.is_silent or len(pool) < MIN_JUDGES:
            return 0.0
        value = blended(pool, tuning.weights, tuning.half)
        margin = reranker.margin(lesson.features(pool)).reshape(pool.columns.shape)
        return max(
            SECOND_LOOKS,
            key=lambda share: judged(pool, second_look(value, margin, share)).mean(),
        )


def _tuned(pools: Sequence[Pool], discovering: Floats | None = None) -> Tuning | None:
    """Tune on pools with enough judges; None where too few had something to find."""
    if sum(map(len, pools)) < MIN_JUDGES:
        return None
    return tune([pool for pool in pools if len(pool)], discovering)


def untaught(n_parts: int, curve: RepeatCurve) -> Tuning:
    """Tune where no window can teach: all parts alike, and nothing that is never bought
    again.
    """
    return Tuning(even(n_parts), np.inf if curve.is_never else 0.0)


def even(n_parts: int) -> Floats:
    """Weights for a shop without a closed window."""  # (n_parts,)
    return np.full(n_parts, 1 / n_parts, np.float32)
