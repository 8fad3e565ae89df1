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


def has_texts(items: Items) -> bool:
    """Say whether there are enough different texts to compare."""
    return len(np.unique(items.text[items.text >= 0])) >= MIN_TEXTS


def learn_taste(window: Window, items: Items, seed: int) -> float:
    """Hide a fifth of the items from the past, rank only them for the window, and keep the best share of taste."""
    rng = np.random.default_rng(seed)
    hidden = np.sort(rng.permutation(len(items))[: int(len(items) * SHARE_HIDDEN)])
    is_hidden = np.isin(np.arange(len(items)), hidden)
    past, judges = (one.take(~is_hidden[one.item]) for one in (window.past, window.judges))
    engine = Content().fit(past, items)
    bought = window.bought[:, hidden].toarray() > 0
    gains = []
    for engine.taste in TASTES:
        top = best(engine.score(judges)[:, hidden], 10)
        found = ndcg(np.take_along_axis(bought, top, 1), bought.sum(1))
        gains.append(float(np.nanmean(found)) if bought.any() else 0.0)
    return TASTES[int(np.argmax(gains))]
