"""Business rules around a ranking: what must not be shown, what was bought too lately
to be bought again, and how the rest is arranged. A phone yields accessories, not a
second phone; bread is bought again. Pure.
"""

from __future__ import annotations

import numpy as np

from recommender.engines.base import Flags, Floats, Interactions, Long, Whole

# how long a first purchase is watched for a second one of the same category
WATCHED_DAYS = 90.0
# share of buyers who come again within that time, below which a category is bought to
# last
LASTING = 0.1
EVIDENCE = 30  # buyers watched; fewer tell nothing of a category
# quantile of the pauses of those who did come again: until then it is too soon
SOONEST = 0.25


def intervals(past: Interactions, category: Whole) -> Floats:
    """Learn for how many days each category is not bought again: 0 where people come again soon, or little is known.

    A category is bought to last when, of the customers whose first purchase of it lies `WATCHED_DAYS` back, fewer than
    one in ten came again for it within that time. It is watched twice as long as often as that still holds: what hardly
    anybody buys a second time stays shut the longest.
    """  # (n_categories,)
    found = np.zeros(int(category.max(initial=-1)) + 1, np.float32)
    kind, age, opens = _category_visits(past, category)
    if not len(kind):
        return found
    first = np.flatnonzero(opens)
    has_second = np.zeros(len(first), bool)
    inner = first + 1 < len(kind)
    has_second[inner] = ~opens[first[inner] + 1]
    # infinite where nobody came back: those count as watched and never as come again
    gap = np.full(len(first), np.inf, np.float32)
    gap[has_second] = age[first[has_second]] - age[first[has_second] + 1]
    lasts = np.full(len(found), True)
    days = WATCHED_DAYS
    while lasts.any():
        # only first purchases that could have been followed for so long: newer ones
        # tell nothing
        watched = age[first] >= days
        n = np.bincount(kind[first[watched]], minlength=len(found))
        came = np.bincount(kind[first[watched]], gap[watched] <= days, len(found))
        lasts &= (n >= EVIDENCE) & (came < LASTING * n)
        found[lasts] = days
        # doubled while it holds: a kind is shut as long as its buyers have been seen to
        # stay away
        days *= 2
    for one in np.flatnonzero(found):
        pauses = gap[(kind[first] == one) & has_second]
        if len(pauses) >= EVIDENCE:
            found[one] = max(float(np.quantile(pauses, SOONEST)), found[one])
    return found


def too_soon(histories: Interactions, category: Whole, interval: Floats) -> Flags:
    """Say which items are of a category that the customer bought to last, less than its
    interval ago.

    (n_customers, n_items)
    """
    shut = np.zeros((histories.n_customers, histories.n_items), bool)
    kind = category[histories.item]
    lasts = (kind >= 0) & (
        histories.age_days
        < np.where(kind >= 0, interval[kind] if len(interval) else 0, 0)
    )
    for row, one in {
        (int(a), int(b))
        for a, b in zip(histories.customer[lasts], kind[lasts], strict=True)
    }:
        shut[row, category == one] = True
    return shut


def by_margin(
    columns: Long, scores: Floats, margin: Floats, share: float
) -> tuple[Long, Floats]:
    """Let what an item earns count beside its score, both in deviations over the list;
    `share` 0 leaves all as it was.

    `columns` and `scores` (n, k) are best first, −1 where nothing is left; `margin`
    (n_items,) is NaN where unknown.
    """
    if not share:
        return columns, scores
    there = columns >= 0
    earned = np.where(there, np.nan_to_num(margin[np.maximum(columns, 0)]), np.nan)
    value = np.where(
        there,
        (1 - share) * _spread(scores, there) + share * _spread(earned, there),
        -np.inf,
    )
    by = np.argsort(-value, axis=1, kind="stable")
    least = np.where(there, value, np.inf).min(1, keepdims=True)
    lifted = np.where(there, value - np.where(np.isfinite(least), least, 0), 0).astype(
        np.float32
    )
    return np.take_along_axis(columns, by, 1), np.take_along_axis(lifted, by, 1)


def at_most_of_a_kind(columns: Long, kind: Whole, most: int, k: int) -> Long:
    """Give the places of each list's first k when at most so many of a kind stand in
    it.

    What is too many steps back behind the others, so that no list becomes shorter; −1
    is of no kind. (n, min(k, width))
    """
    n, width = columns.shape
    order = np.tile(np.arange(width), (n, 1))
    if not most:
        return order[:, :k]
    own = np.where(columns >= 0, kind[np.maximum(columns, 0)], -1)
    # place j stands before place i
    earlier = np.tril(np.ones((width, width), bool), -1)
    same = (own[:, :, None] == own[:, None, :]) & (own[:, :, None] >= 0)
    n_before = (same & earlier).sum(2)  # (n, width)
    # 0 keeps its place, 1 steps back, 2 is an empty place: one stable sort does all
    # three
    late = np.where(columns < 0, 2, n_before >= most)
    return np.argsort(late * width + order, axis=1, kind="stable")[:, :k]


def _category_visits(
    past: Interactions, category: Whole
) -> tuple[Whole, Floats, Flags]:
    """One row for each order of a customer in a category, oldest first: category, age,
    and whether it is the first.
    """
    kind = category[past.item] if len(past) else np.zeros(0, np.int32)
    known = kind >= 0
    who, kind, age, basket = (
        past.customer[known],
        kind[known],
        past.age_days[known],
        past.basket[known],
    )
    by = np.lexsort((-age, basket, kind, who))
    who, kind, age, basket = who[by], kind[by], age[by], basket[by]
    if not len(who):
        return kind, age, np.zeros(0, bool)
    same = (np.diff(who) == 0) & (np.diff(kind) == 0)
    is_new = np.r_[True, ~(same & (np.diff(basket) == 0))]
    opens = np.r_[True, ~same]
    return kind[is_new], age[is_new], opens[is_new]


def _spread(values: Floats, there: Flags) -> Floats:
    kept = np.where(there, values, 0)
    n = np.maximum(there.sum(1, keepdims=True), 1)
    mean = kept.sum(1, keepdims=True) / n
    deviation = np.sqrt(
        (np.where(there, kept - mean, 0) ** 2).sum(1, keepdims=True) / n
    )
    return np.where(
        there, (kept - mean) / np.where(deviation > 0, deviation, np.inf), 0
    )
