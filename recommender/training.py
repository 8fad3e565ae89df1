"""Train the recommender as of a time, measure it on a closed window, and write its
card.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import joblib
import numpy as np

from profiles import history
from profiles.jobs import Progress
from profiles.jobs.heartbeat import peak_mib
from profiles.models import Job
from recommender import model_cards, model_files, suspects, vectors
from recommender.engines.base import Engine, Floats, Items, Whole
from recommender.hybrid import fitting
from recommender.hybrid.evaluation import (
    Measured,
    by_orders,
    evaluate,
    measure,
    strangers,
)
from recommender.hybrid.fitting import Learned
from recommender.hybrid.hybrid import Blend, Hybrid
from recommender.hybrid.ranking_rules import intervals
from recommender.hybrid.repeats import Repeats
from recommender.hybrid.reranker import Reranker
from recommender.hybrid.windows import Window
from recommender.interactions import Assortment, assortment, interactions
from recommender.matrices.interaction_matrix import Interactions
from recommender.matrices.modes import MODES, Mode
from recommender.stats.ranking import bootstrap
from retention_site.lib import clock, registry

MODEL = "recommender"
MEASURE = "ndcg@10"
MODEL_FILE, TWIN_FILE = "model.joblib", "tested.joblib"
SEED = 0
FORMAT = "5"  # of what is stored: another one makes another version
STAGE_SHARE = {"read": 0.05, "learn": 0.85, "judge": 0.95}


@dataclass(frozen=True)
class Trained:
    """What serving needs of a recommender."""

    version: str
    as_of: datetime
    hybrid: Hybrid
    ids: tuple[str, ...]  # item id of each column
    titles: tuple[str, ...]
    category: Whole | None = None  # (n_items,) code of each item's category, -1 unknown
    intervals: Floats | None = (
        None  # (n_categories,) days for which a category is not bought again
    )


@dataclass(frozen=True)
class Twin:
    """The tested weights and second looks of a version: they learned nothing of its
    test window, nor of a later one.
    """

    parts: tuple[str, ...]  # keys of the engines
    blends: dict[tuple[Mode, bool], Blend]
    rerankers: dict[Mode, Reranker]
    # chances at which owned items keep half of their value; an older release had none
    halves: dict[tuple[Mode, bool], float] | None = None

    @classmethod
    def of(cls, hybrid: Hybrid) -> Twin:
        return cls(
            tuple(engine.key for engine in hybrid.parts.engines),
            hybrid.blends,
            hybrid.rerankers,
            dict(hybrid.repeats.halves) if hybrid.repeats else None,
        )

    def repeats_with(self, other: Hybrid) -> Repeats | None:
        """Lower owned items as much as this version did, by the curve of another."""
        if self.halves is None or other.repeats is None:
            return None
        return Repeats(other.repeats.curve, self.halves)


def train(as_of: datetime, progress: Progress) -> dict[str, Any]:
    """Learn from what had happened by `as_of` and return the card; the same shop at the
    same time is learned once.
    """
    began = time.process_time()
    tables = history.tables(as_of=as_of)
    shop = assortment(tables)
    past = interactions(tables, shop.ids)
    codes, texts, space = vectors.of_texts(shop.texts)
    version = _version(as_of, shop, past, space)
    if model_cards.exists(MODEL, version):
        return model_cards.card_of(MODEL, version)
    progress(
        STAGE_SHARE["read"],
        f"{len(past)} purchases of {len(np.unique(past.customer))} customers,"
        f" {len(shop)} items",
    )
    learned = fitting.learn(
        past,
        Items(shop.category, shop.group, codes, texts),
        engines(),
        seed=SEED,
        say=lambda words, share: progress(STAGE_SHARE["read"] + 0.8 * share, words),
    )
    progress(STAGE_SHARE["learn"], "measuring on the closed window")
    card = _card(version, as_of, past, learned, began)
    progress(STAGE_SHARE["judge"], "writing the card")
    draft = model_cards.draft_folder(MODEL, version)
    again = intervals(past, shop.category)
    trained = Trained(
        version, as_of, learned.hybrid, shop.ids, shop.titles, shop.category, again
    )
    joblib.dump(trained, draft / MODEL_FILE)
    if learned.tested:
        joblib.dump(Twin.of(learned.tested), draft / TWIN_FILE)
    return model_cards.publish(
        draft,
        card,
        as_of=as_of,
        compared=_with_last(version, as_of, learned),
        unmeasured=learned.untested,
    )


def load(version: str) -> Trained:
    """Open a trained version; its large tables stay on disk until they are needed.
    Raise `DamagedModel`.
    """
    return model_files.opened(MODEL, version, MODEL_FILE, mmap_mode="r")


def engines() -> list[type[Engine]]:
    """Return the engines that are plugged in, in the order of their table."""
    return list(registry.everything("engines").values())


class RecommenderJob:
    """Train in a worker; one part, for what is learned belongs together."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{"as_of": job.params.get("as_of") or clock.now().isoformat()}]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        suspects.sweep()
        return train(datetime.fromisoformat(chunk["as_of"]), progress)

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return {"cards": results}


def _version(as_of: datetime, shop: Assortment, past: Interactions, space: str) -> str:
    """Name a version by its time and by everything that it was made of."""
    digest = hashlib.sha256(
        f"{FORMAT} {space} {[engine.variants for engine in engines()]}".encode()
    )
    digest.update("\n".join(shop.ids).encode())
    for column in (past.keys, past.customer, past.item, past.age_days):
        digest.update(np.ascontiguousarray(column).tobytes())
    return f"{as_of.astimezone(UTC):%Y%m%dT%H%M%S}-{digest.hexdigest()[:8]}"


def _card(
    version: str, as_of: datetime, past: Interactions, learned: Learned, began: float
) -> model_cards.Card:
    measured = evaluate(learned.tested, learned.windows[0]) if learned.tested else {}
    groups = (
        _groups(learned.tested, learned.windows[0], measured, past)
        if learned.tested
        else {}
    )
    horizon = learned.horizon
    return model_cards.Card(
        model=MODEL,
        version=version,
        label=f"items that the customer buys within {horizon:g} days",
        horizon_days=horizon,
        windows=_windows(as_of, past, learned),
        n={
            "fit": len(past),
            "test": len(measured["hybrid"]["all"].customer) if measured else 0,
        },
        metrics=_metrics(measured["hybrid"]) if measured else {},
        baselines={
            name: _metrics(by_mode)
            for name, by_mode in measured.items()
            if name != "hybrid"
        },
        groups=groups,
        cost={
            "cpu_seconds": round(time.process_time() - began, 1),
            "peak_mib": round(peak_mib(), 1),
        },
        more={
            "blend": _blend(learned),
            "items": past.n_items,
            "notes": _notes(learned.hybrid),
        },
    )


def _with_last(
    version: str, as_of: datetime, learned: Learned
) -> model_cards.Compared | None:
    """Let the weights of the version in use mix the same parts on the same window; None
    where they can't.
    """
    last = model_cards.in_use(MODEL, besides=version)
    if last is None or last.as_of > as_of or learned.tested is None:
        return None
    if TWIN_FILE not in last.files or model_files.wrong_with(last, TWIN_FILE):
        return None
    try:
        twin: Twin = model_files.opened(MODEL, last.version, TWIN_FILE)
    except model_files.DamagedModel:  # of an older release: nothing to compare with
        return None
    if twin.parts != Twin.of(learned.tested).parts:
        return None
    mine, theirs = (
        ndcg_of(hybrid, learned.windows[0])
        for hybrid in (
            learned.tested,
            Hybrid(
                learned.tested.parts,
                twin.blends,
                twin.rerankers,
                twin.repeats_with(learned.tested),
            ),
        )
    )
    better = bootstrap(mine - theirs, np.random.default_rng(SEED))
    return model_cards.Compared(
        last.version,
        MEASURE,
        len(mine),
        float(np.nanmean(mine)),
        float(np.nanmean(theirs)),
        better,
        higher_is_better=True,
    )


def ndcg_of(hybrid: Hybrid, window: Window) -> Any:
    """NDCG@10 of each judge who bought something, mode `all`."""  # (n,)
    return measure(
        window, "all", hybrid.rank(window.judges, "all", 10).columns
    ).ndcg_at_10


def _metrics(by_mode: Mapping[Mode, Measured]) -> dict[str, dict[str, float]]:
    """Name the metrics: plain for mode `all`, with the mode before the others."""
    found = {}
    for mode in MODES:
        prefix = "" if mode == "all" else f"{mode} "
        for name, values in by_mode[mode].named().items():
            found[prefix + name] = _estimate(values)
    return found


def _estimate(values: Any) -> dict[str, float]:
    return bootstrap(values, np.random.default_rng(SEED)).as_dict()


def _groups(
    tested: Hybrid, window: Window, measured: Any, past: Interactions
) -> dict[str, dict[str, Any]]:
    """Measure apart the customers of whom little is known."""
    groups = by_orders(measured["hybrid"]["all"], window)
    groups["0 orders"] = strangers(tested, past, window)
    return {
        name: (
            {"n": len(values), MEASURE: _estimate(values)}
            if len(values)
            else {"n": 0, MEASURE: None}
        )
        for name, values in sorted(groups.items())
    }


def _windows(
    as_of: datetime, past: Interactions, learned: Learned
) -> dict[str, list[str] | None]:
    """Date the windows of the model that was tested; the one in use was fitted to all
    of them.
    """

    def ago(days: float) -> str:
        return (as_of - timedelta(days=float(days))).isoformat()

    oldest = float(past.age_days.max(initial=0))
    cut = learned.windows
    if not cut:
        return {
            "fit": [ago(oldest), as_of.isoformat()],
            "calibrate": None,
            "test": None,
        }
    calibrate = [ago(cut[1].starts), ago(cut[1].ends)] if len(cut) > 1 else None
    fit_ends = cut[1].starts if len(cut) > 1 else cut[0].starts
    return {
        "fit": [ago(oldest), ago(fit_ends)],
        "calibrate": calibrate,
        "test": [ago(cut[0].starts), ago(cut[0].ends)],
    }


def _blend(learned: Learned) -> dict[str, Any]:
    """Say what each mode's list is made of."""
    names = [recipe.name for recipe in learned.recipes]
    return {
        mode: {
            "weights": {
                name: round(float(weight), 3)
                for name, weight in zip(names, blend.weights, strict=True)
            },
            "second_look": blend.second_look,
            "owned_half_at": _owned_half_at(learned.hybrid, mode),
        }
        for (mode, is_new), blend in learned.hybrid.blends.items()
        if not is_new
    }


def _owned_half_at(hybrid: Hybrid, mode: Mode) -> float | str | None:
    """Give the chance of being bought again at which an owned item keeps half of its
    value; None where all keep all of it.
    """
    half = hybrid.repeats.halves[mode, False] if hybrid.repeats else 0.0
    return "never" if np.isinf(half) else half or None


def _notes(hybrid: Hybrid) -> list[str]:
    """Say what a marketer should know of the lists; in English, as what is kept."""
    match _owned_half_at(hybrid, "all"):
        case None:
            return []
        case "never":
            return ["What a customer has is not shown again: here it is bought once."]
        case _:
            return [
                "What a customer has steps back, unless it is of what people buy again."
            ]
