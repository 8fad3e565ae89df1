"""Weights of the parts, searched on validation windows: never below the best single
part there, by construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.engines.base import Floats
from recommender.stats.ranking import ndcg

from .candidates import Pool
from .repeats import HALVES

FIRST_STEP, N_ROUNDS = 0.4, 5  # each round halves the step
PLACES = 10  # of the list that is judged
SURELY = 2.0  # standard errors that lowering owned items must gain


@dataclass(frozen=True, slots=True)
class Point:
    """Weights, the ranking values they give in every pool, and their mean NDCG@10."""

    weights: Floats  # (n_parts,)
    values: list[Floats]  # (n, width) of each pool
    gain: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """What one mode's ranking is tuned by."""

    weights: Floats  # (n_parts,)
    # chance at which an owned item keeps half of its value; 0 keeps all
    half: float = 0.0


def tune(pools: Sequence[Pool], discovering: Floats | None = None) -> Tuning:
    """Learn weights, and whether what customers have must be lowered: only where that
    surely finds more.

    `discovering` are the weights of the mode without owned items: where nothing is
    bought twice, they are right for every mode.
    """
    plain = learn_weights(pools)
    if all(np.isnan(pool.again).all() for pool in pools):
        return Tuning(plain)
    starts = [plain] + ([discovering] if discovering is not None else [])
    before = _judgements(pools, Tuning(plain))
    tried = [Tuning(weights, half) for half in HALVES for weights in starts]
    gains = [_judgements(pools, one) - before for one in tried]
    best = int(np.argmax([gain.mean() for gain in gains]))
    gain, error = gains[best].mean(), gains[best].std() / np.sqrt(max(len(before), 1))
    if gain <= SURELY * error or gain <= 1e-6:
        return Tuning(plain)
    lowered = [pool.damped(tried[best].half) for pool in pools]
    return Tuning(learn_weights(lowered, tried[best].weights), tried[best].half)


def _judgements(pools: Sequence[Pool], tuning: Tuning) -> npt.NDArray[np.floating]:
    each = [judged(pool, blended(pool, tuning.weights, tuning.half)) for pool in pools]
    return np.concatenate(each)


def learn_weights(
    pools: Sequence[Pool], start: Floats | None = None
) -> Floats:  # (n_parts,)
    """Climb from the best single part, or from given weights, by changing one weight at
    a time while the mean NDCG@10 rises.
    """
    n_parts = len(pools[0].scores)
    starts = np.eye(n_parts, dtype=np.float32) if start is None else [start]
    # from the best single part, and only upwards: the blend can't be worse than it
    # there
    here = max((_point(pools, one) for one in starts), key=lambda point: point.gain)
    step = FIRST_STEP
    for _ in range(N_ROUNDS):
        for part in range(n_parts):
            for move in (step, -step):
                here = _climb(pools, here, part, move)
        step /= 2
    return here.weights / here.weights.sum()


def _climb(pools: Sequence[Pool], here: Point, part: int, move: float) -> Point:
    """Repeat one move while it gains; no weight may fall below 0 and not all may
    vanish.
    """
    while True:
        weights = here.weights.copy()
        weights[part] += move
        if weights[part] < 0 or weights.sum() < FIRST_STEP / 2:
            return here
        values = [
            # only the part that moved is added: blending all anew would cost as many
            # times as parts
            value + np.float32(move) * pool.scores[part]
            for value, pool in zip(here.values, pools, strict=True)
        ]
        reached = _gain(pools, values)
        # a gain that floats could have made is none: without this the climb may never
        # end
        if reached <= here.gain + 1e-6:
            return here
        here = Point(weights, values, reached)


def _point(pools: Sequence[Pool], weights: Floats) -> Point:
    values = [blended(pool, weights) for pool in pools]
    return Point(weights, values, _gain(pools, values))


def blended(pool: Pool, weights: Floats, half: float = 0.0) -> Floats:
    """Add up the parts; places that do not count are at minus infinity."""  # (n, width)
    value = np.tensordot(weights.astype(np.float32), pool.scores, 1)
    if half:
        value *= pool.kept(half)
    return np.where(pool.counts, value, np.float32(-np.inf))


def _gain(pools: Sequence[Pool], values: Sequence[Floats]) -> float:
    each = [judged(pool, value) for pool, value in zip(pools, values, strict=True)]
    return float(np.concatenate(each).mean()) if sum(map(len, each)) else 0.0


def judged(pool: Pool, value: Floats) -> npt.NDArray[np.floating]:
    """NDCG@10 of each judge when her pool is ranked by `value`."""  # (n,)
    n_places = min(PLACES, value.shape[1])
    if not n_places:
        return np.zeros(len(value))
    top = np.argpartition(-value, n_places - 1, axis=1)[:, :n_places]
    top = np.take_along_axis(
        top, np.argsort(-np.take_along_axis(value, top, 1), axis=1), 1
    )
    return ndcg(np.take_along_axis(pool.is_bought, top, 1), pool.n_relevant, PLACES)
