"""Arrange ranked lists by the shop's rules: what lasts is not offered again, margins, kinds, and a place to explore."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.engines.base import Flags, Floats, Interactions, Long, Whole
from recommender.engines.hybrid import Ranked
from recommender.engines.rules import at_most_of_a_kind, by_margin, too_soon
from recommender.rules import Rules

WIDE = 60  # places looked at where the order is to be changed
NEXT = 10  # items that may take the last place of a list that explores


def owned_to_last(rules: Rules, part: Interactions, category: Whole | None, interval: Floats | None) -> Flags | None:
    """Say what each customer has of a lasting kind, bought too lately; None where nothing lasts."""
    if not rules.keeps_lasting or category is None or interval is None or not interval.any():
        return None
    return too_soon(part, category, interval)


@dataclass(frozen=True)
class Arranged:
    """Lists cut to their length, and how likely each place was to hold what it holds."""

    ranked: Ranked
    propensity: npt.NDArray[np.float64]  # (n_customers, k)


def arrange(
    rules: Rules, wide: Ranked, k: int, kind: Whole | None, margin: npt.NDArray[np.float64], seeds: Long
) -> Arranged:
    """Mix in what items earn, spread the kinds, and let the last place explore; ``seeds`` (n_customers,)."""
    columns, scores = by_margin(wide.columns, wide.scores, margin.astype(np.float32), rules.margin_share)
    kinds = np.full(int(columns.max(initial=0)) + 1, -1, np.int32) if kind is None else kind
    order = at_most_of_a_kind(columns, kinds, rules.most_of_a_category, columns.shape[1])
    columns, scores = np.take_along_axis(columns, order, 1), np.take_along_axis(scores, order, 1)
    propensity = np.ones(columns[:, :k].shape)
    if rules.explores and columns.shape[1] > k:
        _explore(columns, scores, propensity, k, rules.explores, seeds)
    return Arranged(Ranked(columns[:, :k], scores[:, :k]), propensity)


def _explore(columns: Long, scores: Floats, propensity: npt.NDArray, k: int, share: float, seeds: Long) -> None:
    """Let one of the next items take the last place, in a known share of the lists; the same draw for the same seed."""
    for row, seed in enumerate(seeds.tolist()):
        n_next = int((columns[row, k : k + NEXT] >= 0).sum())
        if not n_next or columns[row, k - 1] < 0:
            continue
        dice = np.random.default_rng(seed)
        drawn = k + int(dice.integers(n_next)) if dice.random() < share else k - 1
        propensity[row, k - 1] = 1 - share if drawn == k - 1 else share / n_next
        columns[row, k - 1] = columns[row, drawn]
        scores[row, k - 1] = min(scores[row, k - 1], scores[row, drawn])
