"""Learn a shop's hybrid from its own past: settings, weights and second look, on
windows that closed before now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.engines.base import Engine, Interactions, Items, Long, best
from recommender.engines.content import Content
from recommender.matrices.modes import MODES, Mode, barred, without
from recommender.stats.ranking import ndcg

from .cold_items import has_texts, learn_taste
from .hybrid import Hybrid
from .lessons import Lesson, School
from .parts import Parts, Recipe, chunks
from .repeats import RepeatCurve
from .windows import Window, choose_horizon, why_none, windows

MAX_CHOOSERS = 600  # customers on whom settings are compared
MAX_CHOSEN = 3_000  # items among which
N_TEACH_NEWCOMERS = 2  # newest windows: one for what is tested, one for what is used

Say = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Learned:
    """A hybrid fitted to now, and one that knows nothing of the newest closed window,
    to be tested on it.
    """

    hybrid: Hybrid
    recipes: Sequence[Recipe]
    horizon: float  # days
    windows: Sequence[Window]  # newest first
    tested: Hybrid | None
    untested: str = ""  # why there is none that was tested


def learn(
    past: Interactions,
    items: Items,
    engines: Sequence[type[Engine]],
    *,
    seed: int,
    say: Say,
) -> Learned:
    """Choose settings on the second newest window, test on the newest, then learn from
    all of them for now.
    """
    horizon = choose_horizon(past)
    cut = windows(past, horizon, seed)
    say("choosing settings", 0.1)
    recipes = choose_recipes(
        engines, cut[min(1, len(cut) - 1)] if cut else None, items, seed
    )
    lessons: list[Lesson] = []
    tested_parts: Parts | None = None
    # the oldest first: only the parts of the newest window are kept, for the test
    for number, window in reversed(list(enumerate(cut))):
        say("looking at past windows", 0.5 - 0.1 * number)
        tested_parts = None  # before the next ones are made
        tested_parts = Parts.fit(recipes, window.past, items)
        teaches = number < N_TEACH_NEWCOMERS
        lessons.insert(0, Lesson(window, tested_parts, seed, with_newcomers=teaches))
    school = School(lessons, seed)
    say("learning weights for the test", 0.6)
    tested = (
        school.hybrid(tested_parts, lessons[0].curve, newest=1)
        if tested_parts and len(lessons) > 1
        else None
    )
    say("learning weights for now", 0.8)
    parts, curve = Parts.fit(recipes, past, items), RepeatCurve.of(past, horizon)
    hybrid = school.hybrid(parts, curve, newest=0)
    why = "" if tested else _why_untested(past, cut, horizon)
    return Learned(hybrid, recipes, horizon, cut, tested, why)


def _why_untested(past: Interactions, cut: Sequence[Window], horizon: float) -> str:
    if cut:
        return "there is one closed window only: what it taught can't be tested on it"
    return why_none(past, horizon)


def choose_recipes(
    engines: Sequence[type[Engine]], window: Window | None, items: Items, seed: int
) -> list[Recipe]:
    """Keep each engine's settings that do best over the modes among the best sellers;
    without a window, its first.
    """
    useful = [
        engine for engine in engines if not engine.needs_texts or has_texts(items)
    ]
    if window is None:
        return [Recipe(engine, engine.variants[0]) for engine in useful]
    few, kept = window.past.of_best_sellers(MAX_CHOSEN)
    small = _window_of(window, few, kept).of_some_judges(MAX_CHOOSERS)
    return [
        (
            Recipe(Content, learn_taste(small, items.of(kept), seed))
            if engine is Content
            else _best_settings(engine, small, items.of(kept))
        )
        for engine in useful
    ]


def _window_of(window: Window, few: Interactions, kept: Long) -> Window:
    judges = window.judges.of_items(kept)
    return Window(few, judges, window.bought[:, kept], window.starts, window.ends)


def _best_settings(engine: type[Engine], window: Window, items: Items) -> Recipe:
    tried = [Recipe(engine, settings) for settings in engine.variants]
    if len(tried) == 1:
        return tried[0]
    # (n_variants, n_modes)  # noqa: ERA001
    gains = np.array([list(_gains(recipe, window, items).values()) for recipe in tried])
    share = gains / np.maximum(gains.max(0), 1e-9)
    return tried[int(share.sum(1).argmax())]


def _gains(recipe: Recipe, window: Window, items: Items) -> dict[Mode, float]:
    """Mean NDCG@10 of one engine alone, by mode."""
    fitted = recipe.fit(window.past, items)
    values: dict[Mode, list[np.ndarray]] = {mode: [] for mode in MODES}
    relevant = {mode: window.relevant(mode) for mode in MODES}
    for rows in chunks(window.judges):
        some = window.judges.of(rows)
        scores = fitted.score(some)
        for mode in MODES:
            bought = relevant[mode][rows].toarray() > 0
            top = best(without(scores, barred(some, mode)), 10)
            values[mode].append(ndcg(np.take_along_axis(bought, top, 1), bought.sum(1)))
    return {
        mode: _mean(np.concatenate(each)) if each else 0.0
        for mode, each in values.items()
    }


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else 0.0
