"""How to rank what nobody has bought yet, learned by hiding items that somebody has."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.engines.base import Floats, Items, best
from recommender.engines.content import Content
from recommender.stats.ranking import coverage, ndcg

from .windows import Window

SHARE_HIDDEN = 0.2
TASTES = (0.0, 0.25, 0.5, 0.75, 1.0)
SETTINGS: tuple[dict[str, Any], ...] = tuple(
    {"taste": taste, "by_item": by_item}
    for by_item in (False, True)
    for taste in TASTES
)
MIN_TEXTS = 20
N_HIDINGS = 3  # one draw would say more of the items that it hides than of the shop
LEAST_COVERAGE = 0.3  # of the new items: what is shown to nobody is never bought


def has_texts(items: Items) -> bool:
    """Say whether there are enough different texts to compare."""
    return len(np.unique(items.text[items.text >= 0])) >= MIN_TEXTS


def learn_taste(window: Window, items: Items, seed: int) -> dict[str, Any]:
    """Hide a fifth of the items that sold from the past, rank only them for the window;
    several times over.

    Of the settings that show enough of the new items, the one that finds most of what
    was bought.
    """
    tried = np.mean(
        [_tried(window, items, [seed, turn]) for turn in range(N_HIDINGS)], axis=0
    )
    gain, shown = tried.T
    is_fair = shown >= min(LEAST_COVERAGE, shown.max())
    return SETTINGS[int(np.where(is_fair, gain, -1).argmax())]


def _tried(window: Window, items: Items, seed: list[int]) -> Floats:
    """Mean NDCG@10 of the hidden items and their coverage, by settings."""  # (n_settings, 2)
    sold = np.unique(window.past.item)
    hidden = np.sort(
        np.random.default_rng(seed).permutation(sold)[: int(len(sold) * SHARE_HIDDEN)]
    )
    is_hidden = np.isin(np.arange(len(items)), hidden)
    past, judges = (
        one.take(~is_hidden[one.item]) for one in (window.past, window.judges)
    )
    engine = Content().fit(past, items)
    bought, liking = window.bought[:, hidden].toarray() > 0, engine.liking(judges)
    found = np.zeros((len(SETTINGS), 2), np.float32)
    for row, how in enumerate(SETTINGS):
        top = best(engine.mixed(liking, **how)[:, hidden], 10)
        gains = ndcg(np.take_along_axis(bought, top, 1), bought.sum(1))
        found[row] = (
            np.nanmean(gains) if bought.any() else 0.0,
            coverage(top, len(hidden)),
        )
    return found
