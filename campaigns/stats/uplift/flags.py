"""The best single flag: one question about a customer that splits effects best.

A model that can't beat it isn't worth its trouble.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from campaigns.stats.uplift.learners import transformed
from campaigns.stats.uplift.trial import Trial

N_CUTS = 8
MOST_LEVELS = 30
SMALLEST_SHARE = 0.02


@dataclass(frozen=True)
class Flag:
    """Whether a feature lies above a cut, or is one category."""

    column: int
    cut: float
    is_category: bool
    effect: float  # where the flag is up
    effect_else: float

    def effects(self, features: np.ndarray) -> np.ndarray:
        is_up = _is_up(features[:, self.column], self.cut, self.is_category)
        return np.where(is_up, self.effect, self.effect_else)


def best_flag(trial: Trial) -> Flag | None:
    """Return the flag with the largest difference of effects in its standard errors."""
    effects = transformed(trial)
    found: list[tuple[float, Flag]] = []
    for column in range(trial.features.shape[1]):
        values, is_category = trial.features[:, column], bool(trial.is_category[column])
        for cut in _cuts(values, is_category):
            is_up = _is_up(values, cut, is_category)
            # a flag for a handful of customers wins by chance more often than by truth
            if not SMALLEST_SHARE <= is_up.mean() <= 1 - SMALLEST_SHARE:
                continue
            up, down = effects[is_up], effects[~is_up]
            error = np.sqrt(up.var() / len(up) + down.var() / len(down))
            if error > 0:
                flag = Flag(column, cut, is_category, up.mean(), down.mean())
                found.append((abs(up.mean() - down.mean()) / error, flag))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _cuts(values: np.ndarray, is_category: bool) -> np.ndarray:
    known = values[np.isfinite(values)]
    if not len(known):
        return known
    if is_category:
        levels, counts = np.unique(known, return_counts=True)
        return levels[np.argsort(-counts, kind="stable")[:MOST_LEVELS]]
    cuts = np.quantile(known, np.linspace(0, 1, N_CUTS + 2), method="lower")
    return np.unique(cuts)[:-1]


def _is_up(values: np.ndarray, cut: float, is_category: bool) -> np.ndarray:
    return values == cut if is_category else values > cut
