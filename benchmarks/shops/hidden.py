"""New items: hide every purchase of a fifth of the items, learn again, and rank only
those.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.bare import rankers
from benchmarks.bare.known import Known
from benchmarks.figures import Figure
from benchmarks.shops.real import Shop
from recommender.engines.base import best
from recommender.stats.ranking import coverage, ndcg

if TYPE_CHECKING:
    from recommender.engines.base import Floats, Interactions, Items, Long
    from recommender.hybrid.fitting import Learned

SEED, SHARE_HIDDEN = 42, 0.2
WANTED, WANTED_COVERAGE = 0.106, 0.3


def figures(
    shop: Shop,
    items: Items,
    known: Known,
    learn: Callable[[Interactions, Items], Learned],
) -> Iterator[Figure]:
    """Measure the hybrid on items that nobody has bought, beside plain ways to rank
    them.
    """
    hidden = np.sort(
        np.random.default_rng(SEED).permutation(len(items))[
            : int(len(items) * SHARE_HIDDEN)
        ]
    )
    is_hidden = np.isin(np.arange(len(items)), hidden)
    past = shop.past.take(~is_hidden[shop.past.item])
    judges = past.of(shop.judges)
    bought = shop.bought[shop.judges].toarray()[:, hidden] > 0
    for name, scores, value in _plain(past, judges, items, hidden, is_hidden):
        yield known.beside(
            f"{shop.name}, new items: {name}, NDCG@10",
            _gain(bought, best(scores, 10)),
            value,
        )
    chance = np.random.default_rng(SEED).random(bought.shape).astype(np.float32)
    random = _gain(bought, best(chance, 10))
    began = time.process_time()
    top = learn(past, items).hybrid.rank(judges, "all", 10, is_hidden).columns
    yield Figure(
        f"{shop.name}, new items: learning and ranking",
        round(time.process_time() - began, 1),
        "CPU s",
    )
    value, shown = (
        _gain(bought, np.searchsorted(hidden, top)),
        coverage(top, len(hidden)),
    )
    yield Figure(
        f"{shop.name}, new items: NDCG@10",
        round(value, 4),
        "",
        round(random, 4),
        "ten at random",
    )
    yield Figure(
        f"{shop.name}, new items: NDCG@10, target",
        round(value, 4),
        "",
        WANTED,
        "wanted",
    )
    yield Figure(
        f"{shop.name}, new items: coverage@10, target",
        round(shown, 3),
        "",
        WANTED_COVERAGE,
        "wanted",
    )


def _plain(
    past: Interactions,
    judges: Interactions,
    items: Items,
    hidden: Long,
    is_hidden: np.ndarray,
) -> Iterator[tuple[str, Floats, float]]:
    sold = np.bincount(past.item, minlength=past.n_items).astype(np.float32)
    expected = sold @ rankers.meaning(items, hidden, ~is_hidden, 50)
    everybody = (judges.n_customers, len(hidden))
    yield "same category", rankers.same_category(items, judges, hidden), 0.054
    yield (
        "neighbours in meaning",
        judges.counts() @ rankers.meaning(items, hidden, ~is_hidden, 20),
        0.064,
    )
    yield "sales of neighbours in meaning", np.broadcast_to(expected, everybody), 0.106


def _gain(bought: np.ndarray, top: Long) -> float:
    return float(
        np.nanmean(ndcg(np.take_along_axis(bought, top, 1), bought.sum(1), 10))
    )
