"""How well the recommender ranks on three real shops, each beside the engines that it
is made of.

Complete Journey (PyPI), and Online Retail and Amazon Beauty where `SHARED_DATA` has
them. Everything is learned from before the cut of each shop, and judged on what was
bought after it. The baseline of a hybrid's row is its best part. The plain methods that
this project started from are measured in the same run: one that comes out more than 2 %
below its known figure would flatter the hybrid, and fails the benchmark. Figures are
means over customers with something to find, with the processor time of fitting and of
scoring everybody beside them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import django

from benchmarks.bare.known import Known
from benchmarks.figures import Figure

if TYPE_CHECKING:
    from benchmarks.shops.real import Shop
    from recommender.engines.base import Floats, Interactions, Items, Long
    from recommender.hybrid.fitting import Learned
    from recommender.hybrid.windows import Window

Wanted = Mapping[tuple[str, str], float]  # by mode and metric
SEED = 42
MANY = 2_000  # neighbours of the plain methods
NDCG, RECALL, HIT = "ndcg@10", "recall@20", "hit@10"
TARGETS: dict[str, Wanted] = {
    "Complete Journey": {
        ("all", NDCG): 0.423,
        ("all", RECALL): 0.259,
        ("discover", NDCG): 0.062,
    },
    "Online Retail": {("discover", NDCG): 0.079},
    "Amazon Beauty": {("discover", HIT): 0.086, ("discover", NDCG): 0.053},
}


def measure() -> Iterator[Figure]:
    django.setup()
    from benchmarks.shops import real

    known = Known()
    yield from _journey(real.complete_journey(), known)
    for load, plain, modes in (
        (real.online_retail, _retail_plain, ("all", "discover")),
        (real.beauty, _beauty_plain, ("discover",)),
    ):
        try:
            shop = load()
        except FileNotFoundError as error:
            print(
                f"skipped: {error.filename} is not there; set SHARED_DATA",
                file=sys.stderr,
            )
            continue
        yield from plain(shop, known)
        yield from _shop(shop, modes)
    known.settle()


def _journey(shop: Shop, known: Known) -> Iterator[Figure]:
    yield from _journey_plain(shop, known)
    learned, items = yield from _shop(shop, ("all", "repeat", "discover"))
    yield from _newcomers(shop, learned, known)
    yield from _new_items(shop, items, known)


def _journey_plain(shop: Shop, known: Known) -> Iterator[Figure]:
    import numpy as np

    from benchmarks.bare import rankers
    from recommender.engines.als import Als
    from recommender.engines.ease import Ease
    from recommender.engines.look_alike import LookAlike
    from recommender.engines.personal import Personal
    from recommender.engines.popularity import Popularity

    def of(engine: Any) -> Callable[[Interactions], Floats]:
        return lambda judges: engine.fit(shop.past, shop.items()).score(judges)

    for name, score, *figures in (
        ("popularity", of(Popularity(half_life=np.inf)), 0.185, 0.105, 0.040, 0.058),
        (
            "item-kNN BM25",
            lambda judges: rankers.bm25_neighbours(shop, judges),
            0.227,
            0.134,
            0.052,
            0.071,
        ),
        ("ALS, 64 factors", of(Als(alpha=0.3, ridge=5.0)), 0.188, None, 0.048, 0.067),
        (
            "EASE, 0/1, ridge 500",
            of(Ease(half_life=None, ridge=500.0)),
            0.233,
            0.162,
            0.059,
            0.082,
        ),
        (
            "EASE, fading counts, ridge 100",
            of(Ease(half_life=90.0, ridge=100.0)),
            0.347,
            0.225,
            0.062,
            0.083,
        ),
        ("personal, half-life 90 days", of(Personal(half_life=90.0)), 0.417, 0.254),
        (
            "own and look-alikes",
            of(LookAlike(own=0.7, half_life=90.0)),
            0.424,
            0.260,
            0.047,
            0.073,
        ),
    ):
        keys = [
            ("all", NDCG),
            ("all", RECALL),
            ("discover", NDCG),
            ("discover", RECALL),
        ]
        told = {key: value for key, value in zip(keys, figures, strict=False) if value}
        yield from _plain(shop, name, score, told, known)


def _retail_plain(shop: Shop, known: Known) -> Iterator[Figure]:
    from benchmarks.bare import rankers

    new = ("discover", NDCG)
    for name, score, value in (
        ("number of buyers", lambda judges: rankers.buyers(shop, judges), 0.034),
        (
            "item-kNN cosine",
            lambda judges: rankers.cosine_neighbours(shop, judges),
            0.069,
        ),
        ("TF-IDF of the words", lambda judges: rankers.words(shop, judges), 0.072),
        (
            "0.7 item-kNN, 0.3 words",
            lambda judges: rankers.mixed(
                rankers.cosine_neighbours(shop, judges),
                rankers.words(shop, judges),
                0.7,
            ),
            0.079,
        ),
    ):
        yield from _plain(shop, name, score, {new: value}, known)


def _beauty_plain(shop: Shop, known: Known) -> Iterator[Figure]:
    import numpy as np

    from recommender.engines.item_knn import ItemKNN

    for name, engine, hit, ndcg in (
        (
            "item-kNN cosine",
            ItemKNN("cosine", fade=None, half_life=np.inf, k=MANY),
            0.0643,
            0.0376,
        ),
        (
            "item-kNN cosine, recent orders first",
            ItemKNN("cosine", fade=0.8, k=MANY),
            0.0726,
            0.0439,
        ),
        ("item-kNN directed", ItemKNN("directed", fade=0.8, k=MANY), 0.0863, 0.0536),
    ):
        fitted, seconds = _timed(partial(engine.fit, shop.past, shop.items()))
        wanted = {("discover", HIT): hit, ("discover", NDCG): ndcg}
        yield from _plain(shop, name, fitted.score, wanted, known, seconds)


def _plain(
    shop: Shop,
    name: str,
    score: Callable[[Interactions], Floats],
    wanted: Wanted,
    known: Known,
    seconds: float = 0.0,
) -> Iterator[Figure]:
    """Measure a plain method beside what it is known to reach."""
    judges = shop.past.of(shop.judges)
    modes = sorted({mode for mode, _metric in wanted})
    tops, more = _timed(lambda: _tops(judges, score, modes))
    for (mode, metric), value in wanted.items():
        found = _judged(shop, judges, mode, tops[mode], metric)
        yield known.beside(f"{shop.name}, {mode}: {name}, {metric}", found, value)
    yield Figure(
        f"{shop.name}: {name}, fitting and scoring", round(seconds + more, 1), "CPU s"
    )


def _tops(
    judges: Interactions, score: Callable[[Interactions], Floats], modes: Sequence[Any]
) -> dict[str, Long]:
    """Rank for everybody, as many customers at once as one table of scores holds."""
    import numpy as np

    from recommender.engines.base import best
    from recommender.matrices.modes import barred, without

    found: dict[str, list[Long]] = {mode: [] for mode in modes}
    for rows in np.array_split(
        np.arange(judges.n_customers),
        1 + judges.n_customers * judges.n_items // 40_000_000,
    ):
        some = judges.of(rows)
        scores = score(some)
        for mode in modes:
            found[mode].append(best(without(scores, barred(some, mode)), 20))
    return {mode: np.concatenate(each) for mode, each in found.items()}


def _judged(
    shop: Shop, judges: Interactions, mode: Any, top: Long, metric: str = NDCG
) -> float:
    import numpy as np

    from recommender.hybrid.evaluation import measure

    measured = measure(_window(shop, judges), mode, top)
    return float(np.nanmean(measured.named()[metric]))


def _window(shop: Shop, judges: Interactions | None = None) -> Window:
    from recommender.hybrid.windows import Window

    return Window(
        shop.past,
        judges or shop.past.of(shop.judges),
        shop.bought[shop.judges],
        0.0,
        0.0,
    )


def _shop(
    shop: Shop, modes: Sequence[str]
) -> Generator[Figure, None, tuple[Learned, Items]]:
    """Learn one shop, and measure its hybrid beside its parts and what is wanted of it."""
    import numpy as np

    from recommender.hybrid.evaluation import evaluate

    items, reading = _timed(lambda: _items(shop))
    yield Figure(f"{shop.name}: reading the items' words", round(reading, 1), "CPU s")
    learned, seconds = _timed(lambda: _learn(shop.past, items))
    yield Figure(f"{shop.name}: learning", round(seconds, 1), "CPU s")
    measured, seconds = _timed(lambda: evaluate(learned.hybrid, _window(shop)))
    yield Figure(
        f"{shop.name}: everybody's lists, by all parts and by each",
        round(seconds, 1),
        "CPU s",
    )
    for mode in modes:
        for metric in (NDCG, RECALL, HIT):
            means = {
                name: float(np.nanmean(by_mode[mode].named()[metric]))
                for name, by_mode in measured.items()
            }
            hybrid = means.pop("hybrid")
            best_part = max(means, key=means.__getitem__)
            what = f"{shop.name}, {mode}: {metric}"
            yield Figure(
                what,
                round(hybrid, 4),
                "",
                round(means[best_part], 4),
                f"best part, {best_part}",
            )
            if (mode, metric) in TARGETS[shop.name]:
                yield Figure(
                    f"{what}, target",
                    round(hybrid, 4),
                    "",
                    TARGETS[shop.name][mode, metric],
                    "wanted",
                )
    return learned, items


def _learn(past: Interactions, items: Items) -> Learned:
    from recommender.hybrid.fitting import learn
    from recommender.training import engines

    return learn(past, items, engines(), seed=SEED, say=lambda *_: None)


def _items(shop: Shop) -> Items:
    """The shop's items with vectors of their words, where they have any that the
    encoder reads.
    """
    import numpy as np

    from recommender.encoders.selection import choose
    from recommender.vectors.encoding import models

    unique = sorted(set(shop.texts) - {""})
    if not unique:
        return shop.items()
    encoder, _why = choose("", unique, models())
    readable = [
        text for text, can in zip(unique, encoder.can_read(unique), strict=True) if can
    ]
    place = {text: row for row, text in enumerate(readable)}
    return shop.items(
        np.array([place.get(text, -1) for text in shop.texts], np.int32),
        encoder.encode(readable),
    )


def _newcomers(shop: Shop, learned: Learned, known: Known) -> Iterator[Figure]:
    """Pretend that only the last one or three orders of each customer are known."""
    from benchmarks.bare import rankers

    judges = shop.past.of(shop.judges)
    sold = _tops(
        judges,
        lambda some: rankers.own_then_popular(shop, some.last_baskets(0)),
        ("all",),
    )["all"]
    for n, wanted, plain in ((1, 0.25, 0.253), (3, 0.295, 0.297)):
        young, what = judges.last_baskets(n), f"{shop.name}, {n} known orders: "
        own = _tops(young, lambda some: rankers.own_then_popular(shop, some), ("all",))[
            "all"
        ]
        yield known.beside(
            f"{what}popularity, {NDCG}", _judged(shop, young, "all", sold), 0.188
        )
        yield known.beside(
            f"{what}own, then popularity, {NDCG}",
            _judged(shop, young, "all", own),
            plain,
        )
        ranked, seconds = _timed(partial(learned.hybrid.rank, young, "all", 20))
        yield Figure(
            f"{what}{NDCG}, target",
            round(_judged(shop, young, "all", ranked.columns), 4),
            "",
            wanted,
            "wanted",
        )
        yield Figure(f"{what}everybody's lists", round(seconds, 1), "CPU s")


def _new_items(shop: Shop, items: Items, known: Known) -> Iterator[Figure]:
    from benchmarks.shops.hidden import figures

    yield from figures(shop, items, known, _learn)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    return work(), time.process_time() - began
