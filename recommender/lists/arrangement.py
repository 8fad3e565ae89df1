"""Arrange ranked lists by the shop's rules: what lasts is not offered again, margins,
kinds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recommender.engines.base import Flags, Floats, Interactions, Whole
from recommender.hybrid.hybrid import Ranked
from recommender.hybrid.ranking_rules import at_most_of_a_kind, by_margin, too_soon
from recommender.lists.rules import Rules

DAILY = 1.5  # days between purchases: who buys a thing so often buys it again today
FEWEST_DAYS = 4  # with a purchase, from which that is known
WIDE = 60  # places looked at where the order is to be changed


def owned_to_last(
    rules: Rules, part: Interactions, category: Whole | None, interval: Floats | None
) -> Flags | None:
    """Say what each customer has of a lasting kind, bought too lately; None where
    nothing lasts.
    """
    if (
        not rules.keeps_lasting
        or category is None
        or interval is None
        or not interval.any()
    ):
        return None
    return too_soon(part, category, interval)


def bought_today(part: Interactions, day_days: float) -> Flags | None:
    """Mark what each customer bought within the last ``day_days``, but for what she
    buys about daily.

    None where nobody bought anything.
    """
    today = part.age_days <= day_days
    if not today.any():
        return None
    shut = np.zeros((part.n_customers, part.n_items), bool)
    for row, column in {
        *zip(part.customer[today].tolist(), part.item[today].tolist(), strict=True)
    }:
        own = (part.customer == row) & (part.item == column)
        days = np.unique(np.floor(part.age_days[own]))
        is_daily = len(days) >= FEWEST_DAYS and np.ptp(days) <= DAILY * (len(days) - 1)
        shut[row, column] = not is_daily
    return shut


def arrange(
    rules: Rules,
    wide: Ranked,
    k: int,
    kind: Whole | None,
    margin: npt.NDArray[np.float64],
) -> Ranked:
    """Mix in what items earn, spread the kinds, and cut lists to their length."""
    columns, scores = by_margin(
        wide.columns, wide.scores, margin.astype(np.float32), rules.margin_share
    )
    kinds = (
        np.full(int(columns.max(initial=0)) + 1, -1, np.int32) if kind is None else kind
    )
    order = at_most_of_a_kind(
        columns, kinds, rules.most_of_a_category, columns.shape[1]
    )
    columns, scores = (
        np.take_along_axis(columns, order, 1),
        np.take_along_axis(scores, order, 1),
    )
    return Ranked(columns[:, :k], scores[:, :k])
