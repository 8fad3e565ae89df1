"""How to rank what nobody has bought yet, learned by hiding items that somebody has."""

from __future__ import annotations

import numpy as np

from recommender.stats.ranking import ndcg

from .base import Items, best
from .content import Content
from .windows import Window

SHARE_HIDDEN = 0.2
TASTES = (0.0, 0.25, 0.5, 0.75, 1.0)
MIN_TEXTS = 20
N_HIDINGS = 3  # one draw would say more of the items that it hides than of the shop
ABOUT_AS_WELL = 0.9


def has_texts(items: Items) -> bool:
    """Say whether there are enough different texts to compare."""
    return len(np.unique(items.text[items.text >= 0])) >= MIN_TEXTS


def learn_taste(window: Window, items: Items, seed: int) -> float:
    """Hide a fifth of the items from the past, rank only them for the window; several times over.

    Of the shares of taste that do about as well as the best one, the largest is kept: it shows more of the new items.
    """
    gains = np.mean([_gains(window, items, [seed, turn]) for turn in range(N_HIDINGS)], axis=0)
    good = [taste for taste, gain in zip(TASTES, gains, strict=True) if gain >= ABOUT_AS_WELL * gains.max()]
    return good[-1]


def _gains(window: Window, items: Items, seed: list[int]) -> list[float]:
    """Mean NDCG@10 of the hidden items by share of taste."""  # (n_tastes,)
    hidden = np.sort(np.random.default_rng(seed).permutation(len(items))[: int(len(items) * SHARE_HIDDEN)])
    is_hidden = np.isin(np.arange(len(items)), hidden)
    past, judges = (one.take(~is_hidden[one.item]) for one in (window.past, window.judges))
    engine = Content().fit(past, items)
    bought = window.bought[:, hidden].toarray() > 0
    gains = []
    for engine.taste in TASTES:
        top = best(engine.score(judges)[:, hidden], 10)
        found = ndcg(np.take_along_axis(bought, top, 1), bought.sum(1))
        gains.append(float(np.nanmean(found)) if bought.any() else 0.0)
    return gains
