"""How well the recommender ranks on three real shops, each beside the engines that it is made of.

Complete Journey (PyPI), and Online Retail and Amazon Beauty where `SHARED_DATA` has them. Everything is learned from
before the cut of each shop, and judged on what was bought after it. The baseline of a hybrid's row is its best part.
The plain methods that this project started from are measured in the same run: one that comes out more than 2 % below
its known figure would flatter the hybrid, and fails the benchmark.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import django

from benchmarks.figures import Figure

if TYPE_CHECKING:
    from benchmarks.shops.real import Shop
    from recommender.engines.base import Floats, Interactions, Items, Long
    from recommender.engines.evaluation import Measured
    from recommender.engines.learning import Learned
    from recommender.engines.windows import Window

SEED = 42
KNOWN = {  # NDCG@10 of the plain methods on Complete Journey: all, and never bought before
    "popularity": (0.185, 0.040),
    "item-kNN BM25": (None, 0.052),
    "item-kNN BM25, an item its own neighbour": (0.227, None),
    "ALS, 64 factors": (0.188, 0.048),
    "EASE, 0/1, ridge 500": (0.233, 0.059),
    "EASE, fading counts, ridge 100": (0.347, 0.062),
    "personal, half-life 90 days": (0.417, None),
    "own and look-alikes": (0.424, 0.047),
}
TOLERANCE = 0.02
SHARE_HIDDEN = 0.2


def measure() -> Iterator[Figure]:
    django.setup()
    from benchmarks.shops import real

    yield from _journey(real.complete_journey())
    for load, modes in ((real.online_retail, ("all", "discover")), (real.beauty, ("discover",))):
        try:
            shop = load()
        except FileNotFoundError as error:
            print(f"skipped: {error.filename} is not there; set SHARED_DATA", file=sys.stderr)
            continue
        yield from _shop(shop, modes)


def _journey(shop: Shop) -> Iterator[Figure]:
    yield from _plain(shop)
    learned, items = yield from _shop(shop, ("all", "repeat", "discover"))
    yield from _newcomers(shop, learned)
    yield from _new_items(shop, items)


def _plain(shop: Shop) -> Iterator[Figure]:
    """Measure the plain methods; raise when one is weaker than it is known to be."""
    import numpy as np

    from recommender.engines.als import Als
    from recommender.engines.ease import Ease
    from recommender.engines.item_knn import ItemKNN
    from recommender.engines.look_alike import LookAlike
    from recommender.engines.personal import Personal
    from recommender.engines.popularity import Popularity

    engines = {
        "popularity": Popularity(half_life=np.inf),
        "item-kNN BM25": ItemKNN(similarity="bm25", half_life=np.inf),
        "ALS, 64 factors": Als(alpha=0.3, ridge=5.0),
        "EASE, 0/1, ridge 500": Ease(half_life=None, ridge=500.0),
        "EASE, fading counts, ridge 100": Ease(half_life=90.0, ridge=100.0),
        "personal, half-life 90 days": Personal(half_life=90.0),
        "own and look-alikes": LookAlike(own=0.7, half_life=90.0),
    }
    judges = shop.past.of(shop.judges)
    for name, engine in engines.items():
        yield from _beside_known(shop, name, engine.fit(shop.past, shop.items()).score(judges))
    yield from _beside_known(shop, "item-kNN BM25, an item its own neighbour", _own_neighbours(shop))


def _own_neighbours(shop: Shop) -> Floats:
    """BM25 as published libraries have it: items are documents, and each is among its own 20 neighbours."""
    from recommender.engines.item_knn import bm25
    from recommender.engines.neighbours import keep_strongest

    weighted = bm25(shop.past.owned().T.tocsr(), b=0.8)
    links = keep_strongest(weighted @ weighted.T, 20, first_row=len(shop.texts))  # no column is left out
    return (shop.past.of(shop.judges).counts() @ links).toarray()


def _beside_known(shop: Shop, name: str, scores: Floats) -> Iterator[Figure]:
    """Print a plain method beside its known figures; raise where it is weaker."""
    import numpy as np

    for mode, known in zip(("all", "discover"), KNOWN[name], strict=True):
        if known is None:
            continue
        value = float(np.nanmean(_judged(shop, scores, mode).ndcg_at_10))
        yield Figure(f"{shop.name}, {mode}: {name}, NDCG@10", round(value, 4), "", known, "known")
        if value < known * (1 - TOLERANCE):
            raise SystemExit(f"{name} reaches {value:.4f} instead of {known}: a weak baseline proves nothing")


def _judged(shop: Shop, scores: Floats, mode: Any) -> Measured:
    from recommender.engines.base import best
    from recommender.engines.evaluation import measure
    from recommender.engines.modes import barred, without

    judges = shop.past.of(shop.judges)
    return measure(_window(shop), mode, best(without(scores, barred(judges, mode)), 20))


def _window(shop: Shop, judges: Interactions | None = None) -> Window:
    from recommender.engines.windows import Window

    return Window(shop.past, judges or shop.past.of(shop.judges), shop.bought[shop.judges], 0.0, 0.0)


def _shop(shop: Shop, modes: Sequence[str]) -> Generator[Figure, None, tuple[Learned, Items]]:
    """Learn one shop, and measure its hybrid beside its parts."""
    import numpy as np

    from recommender.engines.evaluation import evaluate

    items = _items(shop)
    learned, seconds = _timed(lambda: _learn(shop.past, items))
    yield Figure(f"{shop.name}: learning", round(seconds, 1), "CPU s")
    measured = evaluate(learned.hybrid, _window(shop))
    for mode in modes:
        for metric in ("ndcg@10", "recall@20", "hit@10"):
            means = {name: float(np.nanmean(by_mode[mode].named()[metric])) for name, by_mode in measured.items()}
            hybrid = means.pop("hybrid")
            best_part = max(means, key=means.__getitem__)
            what = f"{shop.name}, {mode}: {metric}"
            yield Figure(what, round(hybrid, 4), "", round(means[best_part], 4), f"best part, {best_part}")
    return learned, items


def _learn(past: Interactions, items: Items) -> Learned:
    from recommender.engines.learning import learn
    from recommender.training import engines

    return learn(past, items, engines(), seed=SEED, say=lambda *_: None)


def _items(shop: Shop) -> Items:
    """The shop's items with vectors of their words, where they have any that the encoder reads."""
    import numpy as np

    from recommender.encoders.choosing import choose
    from recommender.vectors.encoding import models

    unique = sorted(set(shop.texts) - {""})
    if not unique:
        return shop.items()
    encoder, _why = choose("", unique, models())
    readable = [text for text, can in zip(unique, encoder.can_read(unique), strict=True) if can]
    place = {text: row for row, text in enumerate(readable)}
    return shop.items(np.array([place.get(text, -1) for text in shop.texts], np.int32), encoder.encode(readable))


def _newcomers(shop: Shop, learned: Learned) -> Iterator[Figure]:
    """Pretend that only the last one or three orders of each customer are known."""
    import numpy as np

    from recommender.engines.evaluation import measure
    from recommender.engines.popularity import Popularity

    judges = shop.past.of(shop.judges)
    sold = Popularity(half_life=np.inf).fit(shop.past, shop.items()).score(judges)
    popular = float(np.nanmean(_judged(shop, sold, "all").ndcg_at_10))
    for n in (1, 3):
        young = judges.last_baskets(n)
        top = learned.hybrid.rank(young, "all", 20).columns
        value = float(np.nanmean(measure(_window(shop, young), "all", top).ndcg_at_10))
        yield Figure(f"{shop.name}, {n} known orders: NDCG@10", round(value, 4), "", round(popular, 4), "popularity")


def _new_items(shop: Shop, items: Items) -> Iterator[Figure]:
    """Hide every purchase of a fifth of the items, learn again, and rank only those."""
    import numpy as np

    from recommender.stats.ranking import coverage, ndcg

    hidden = np.isin(np.arange(len(items)), _draw(len(items)))
    past = shop.past.take(~hidden[shop.past.item])
    hybrid = _learn(past, items).hybrid
    top = hybrid.rank(past.of(shop.judges), "all", 10, hidden).columns
    bought = shop.bought[shop.judges].toarray() * hidden > 0
    hits = np.take_along_axis(bought, np.maximum(top, 0), 1) & (top >= 0)
    value = float(np.nanmean(ndcg(hits, bought.sum(1), 10)))
    chance = np.tile(_draw(len(items))[:10], (len(top), 1))
    random = float(np.nanmean(ndcg(np.take_along_axis(bought, chance, 1), bought.sum(1), 10)))
    yield Figure(f"{shop.name}, new items: NDCG@10", round(value, 4), "", round(random, 4), "ten at random")
    yield Figure(f"{shop.name}, new items: coverage@10", round(coverage(top[top >= 0], int(hidden.sum())), 3), "")


def _draw(n_items: int) -> Long:
    import numpy as np

    return np.random.default_rng(SEED).permutation(n_items)[: int(n_items * SHARE_HIDDEN)]


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    return work(), time.process_time() - began
