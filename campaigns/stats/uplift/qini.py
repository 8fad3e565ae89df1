"""Qini: what ranking customers by a score gains over choosing them at random.

The curve is the effect gathered in the top share of customers, per customer of the
file; the coefficient is the area between it and the straight line of a random choice
(Radcliffe 2007), with each customer's effect by its doubly robust score (Yadlowsky et
al., arXiv 2111.07966, eq. 2.3 with the Qini weights): the two have the same mean, this
one less noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

N_BINS = 200
MOST_GROUPS = 1_000
N_DRAWS = 500
SHARES = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class Ranking:
    """A score's bins, best first, summed by groups of customers that the bootstrap
    draws.
    """

    counts: np.ndarray  # (n_groups, N_BINS)
    effects: np.ndarray  # (n_groups, N_BINS)

    def qini(self, weights: np.ndarray) -> np.ndarray:
        """Return the coefficient for each row of weights: (draws, n_groups) → (draws,)."""
        counts, effects = weights @ self.counts, weights @ self.effects
        total = counts.sum(axis=1, keepdims=True)
        # the middle of a bin: customers of one bin stand at one place, whatever their
        # order
        middle = (np.cumsum(counts, axis=1) - counts / 2) / total
        return (effects * (0.5 - middle)).sum(axis=1) / total[:, 0]

    def curve(self, weights: np.ndarray) -> np.ndarray:
        """Return the effect gathered at each of SHARES, per customer of the file."""
        counts, effects = weights @ self.counts, weights @ self.effects
        total = counts.sum(axis=1, keepdims=True)
        start = np.zeros((len(weights), 1))
        at = np.hstack([start, np.cumsum(counts, axis=1) / total])
        gathered = np.hstack([start, np.cumsum(effects, axis=1) / total])
        return np.stack(
            [np.interp(SHARES, *one) for one in zip(at, gathered, strict=True)]
        )


def groups_of(n: int, rng: np.random.Generator) -> np.ndarray:
    """Deal n customers into groups at random: few customers are a group each."""
    return rng.permutation(n) % min(n, MOST_GROUPS)


def draws(n_groups: int, rng: np.random.Generator) -> np.ndarray:
    """Return the bootstrap's weights of each group: (N_DRAWS, n_groups)."""
    return rng.multinomial(
        n_groups, np.full(n_groups, 1 / n_groups), size=N_DRAWS
    ).astype(np.float64)


def ranking(
    scores: np.ndarray, effects: np.ndarray, folds: np.ndarray, groups: np.ndarray
) -> Ranking:
    """Rank within each fold, for models of different folds speak of different levels;
    equal scores stand at one place.
    """
    place = np.empty(len(scores), dtype=np.int64)
    for fold in np.unique(folds):
        rows = np.flatnonzero(folds == fold)
        place[rows] = np.minimum(_place(scores[rows]) * N_BINS, N_BINS - 1)
    n_groups = int(groups.max()) + 1
    cells, size = groups * N_BINS + place, n_groups * N_BINS
    shape = (n_groups, N_BINS)
    return Ranking(
        np.bincount(cells, minlength=size).reshape(shape).astype(np.float64),
        np.bincount(cells, weights=effects, minlength=size).reshape(shape),
    )


def _place(scores: np.ndarray) -> np.ndarray:
    """Return how far down each row stands, 0 at the top, 1 at the end."""
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    ends = np.r_[starts[1:], len(scores)]
    middle = np.repeat((starts + ends) / 2, ends - starts)
    place = np.empty(len(scores))
    place[order] = middle / len(scores)
    return place


def half_width(drawn: np.ndarray, values: np.ndarray, *, alpha: float) -> np.ndarray:
    """Return half of each interval's width so that all of them hold together: the
    bootstrap's largest studentised deviation (Romano and Wolf 2005).

    `drawn` is (N_DRAWS, n_models). The best of several learners is then no better than
    chance allows.
    """
    error = drawn.std(axis=0)
    # the largest of all models in each draw: the best of several is chosen, and its
    # interval must allow for the choice
    away = np.abs(drawn - values) / np.where(error > 0, error, np.inf)
    critical = np.quantile(away.max(axis=1), 1 - alpha)
    return error * max(float(critical), float(ndtri(1 - alpha / 2)))
