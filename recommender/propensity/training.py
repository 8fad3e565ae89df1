"""Train the scores as of a time on windows that are closed by then, measure them, and
write their cards.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.utils import timezone

from profiles import history
from profiles.history import Tables
from recommender import model_cards
from recommender.scorers import fitting
from recommender.scorers.fitting import Rows
from recommender.scorers.link_functions import NothingToLearn
from recommender.scorers.mixture import Mixture

from . import card_metrics, drift_checks, version_comparison
from .features import Facts, Snapshot, first_event
from .mixture_files import MODEL_FILE, TWIN_FILE, save
from .scope import EVERYTHING, Scope
from .targets import TARGETS, Target
from .windows import LEAST_DAYS, Plan, TooLittleHistory, longest, plan

# of what is stored and of how it is learned: another one makes another version
FORMAT = "7"
SEED = 0
HORIZON_DAYS = 30


@dataclass(frozen=True)
class Question:
    """What to learn: of whom what is expected within how many days, of everything or
    within a scope.
    """

    target: Target
    horizon_days: int = HORIZON_DAYS
    scope: Scope = EVERYTHING
    by_words: bool = False  # answered by reading what customers did, not by counting it

    @property
    def model(self) -> str:
        return f"{self.target.key}-{self.horizon_days}{self.scope.key}{'-text' if self.by_words else ''}"

    @property
    def label(self) -> str:
        told = ", told by words" if self.by_words else ""
        return (
            self.target.words.format(days=self.horizon_days) + self.scope.words + told
        )


class Lesson:
    """The shop's snapshots as of a time, made once for every question with the same
    horizon and scope.
    """

    def __init__(
        self,
        as_of: datetime,
        horizon_days: int = HORIZON_DAYS,
        scope: Scope = EVERYTHING,
        tables: Tables | None = None,
    ) -> None:
        """Read the facts, from the shop's history unless other tables are given; raise
        `TooLittleHistory`.

        A horizon that the history can't cover is answered by the longest that it can.
        """
        tables = tables or history.tables(as_of=as_of)
        first = first_event(tables)
        if first is None:
            raise TooLittleHistory("nobody has bought anything yet")
        covered = longest(first, as_of)
        if LEAST_DAYS <= covered < horizon_days:
            horizon_days = covered
        self.as_of, self.horizon, self.scope = (
            as_of,
            timedelta(days=horizon_days),
            scope,
        )
        self.tested = plan(first, as_of, horizon_days)
        self.used = plan(first, as_of, horizon_days, with_test=False)
        moments = sorted({*self.tested.snapshots, *self.used.snapshots})
        self.facts = Facts(tables, moments, scope)
        self.snapshots = {moment: self.facts.snapshot(moment) for moment in moments}
        self.outcomes = {
            moment: self.facts.outcome(one, self.horizon)
            for moment, one in self.snapshots.items()
        }

    @property
    def names(self) -> tuple[str, ...]:
        return next(iter(self.snapshots.values())).names

    @cached_property
    def digest(self) -> str:
        """A name for everything that is learned from."""
        found = hashlib.sha256(f"{FORMAT} {self.names} {self.horizon}".encode())
        for moment, one in sorted(self.snapshots.items()):
            for values in (one.customers, one.values, *self.outcomes[moment]):
                found.update(np.ascontiguousarray(values).tobytes())
        return found.hexdigest()[:8]

    def rows(self, target: Target, moments: Sequence[datetime]) -> Rows:
        return Rows.stacked([self._rows(target, moment) for moment in moments])

    def asked(self, target: Target, moment: datetime) -> Snapshot:
        """The snapshot of those of whom the question can be asked."""
        one = self.snapshots[moment]
        who = target.who(one)
        return Snapshot(moment, one.customers[who], one.names, one.values[who])

    def _rows(self, target: Target, moment: datetime) -> Rows:
        one, (n_orders, spend) = self.snapshots[moment], self.outcomes[moment]
        who, y = target.who(one), target.label(one, n_orders, spend, self.horizon.days)
        return Rows(one.values[who], y[who])


def train(question: Question, lesson: Lesson) -> dict[str, Any]:
    """Learn one question and return its card; the same shop at the same time is learned
    once.
    """
    began, version = time.process_time(), name_version(lesson.as_of, lesson.digest)
    if model_cards.exists(question.model, version):
        return model_cards.card_of(question.model, version)
    try:
        return _train(question, lesson, version, began)
    except NothingToLearn as error:
        return refuse(question, lesson.as_of, f"nothing to learn: {error}", version)


def refuse(
    question: Question, as_of: datetime, why: str, version: str = ""
) -> dict[str, Any]:
    """Write the card of a model that could not be learned; what was in use before stays
    so.
    """
    version = version or name_version(as_of, "unlearned")
    card = model_cards.Card(
        model=question.model,
        version=version,
        label=question.label,
        horizon_days=question.horizon_days,
        windows={"fit": None, "calibrate": None, "test": None},
        n={"fit": 0, "test": 0},
        metrics={},
        baselines={},
        groups={},
        cost={"cpu_seconds": 0.0, "peak_mib": 0.0},
    )
    draft = model_cards.draft_folder(question.model, version)
    return model_cards.publish(draft, card, as_of=as_of, refused=why)


def _train(
    question: Question, lesson: Lesson, version: str, began: float
) -> dict[str, Any]:
    target, tested = question.target, lesson.tested
    assert tested.test is not None  # noqa: S101  a plan with a test
    sets = {
        "fit": lesson.rows(target, tested.fit),
        "calibrate": lesson.rows(target, [tested.calibrate]),
    }
    days = lesson.horizon.days if target.is_lifetime else None
    candidates = fitting.fit(
        target.family, lesson.names, sets["fit"], sets["calibrate"], days, SEED
    )
    tried = fitting.trial(candidates, lesson.rows(target, [tested.test]))
    verdict = fitting.judge(tried, np.random.default_rng(SEED))
    chosen = verdict.chosen or "blend"
    compared = version_comparison.with_last(question, version, lesson, tried, chosen)
    people = lesson.asked(target, tested.test)
    more: dict[str, Any] = {
        "parts": _parts(candidates["blend"]),
        "notes": _tested_notes(tried, chosen) if verdict.chosen else [],
    }
    draft = model_cards.draft_folder(question.model, version)
    if verdict.chosen:
        # What is used has learned from the test window, too; what was measured, the
        # twin, has not. Both are kept: the next version is compared with the twin on
        # windows new to both.
        used = _for_use(candidates[chosen], target, lesson.used, lesson)
        newest = lesson.rows(target, [lesson.used.calibrate])
        more["notes"] += _put_right(used, newest)
        more["mean"] = {
            "predicted": float(used.expected(newest.x).mean()),
            "observed": float(newest.y.mean()),
        }
        if lesson.horizon.days < question.horizon_days:
            found = _levelled(used, candidates.get(fitting.LIFETIME), question, lesson)
            more |= found | {"notes": more["notes"] + found["notes"]}
        save(draft / MODEL_FILE, used, lesson.facts.types)
        save(draft / TWIN_FILE, candidates[chosen], lesson.facts.types)
        more["reference"] = drift_checks.reference(used.expected(people.values))
    card = card_metrics.card(
        question,
        version,
        tested,
        tried,
        chosen,
        verdict,
        len(sets["fit"]),
        people,
        began,
        more,
    )
    return model_cards.publish(
        draft,
        card,
        as_of=lesson.as_of,
        compared=compared,
        refused="" if verdict.chosen else verdict.why,
    )


def _for_use(tested: Mixture, target: Target, used: Plan, lesson: Lesson) -> Mixture:
    """What passed the test, fitted again up to the newest closed window, which
    calibrates it.
    """
    return fitting.refit(
        tested, lesson.rows(target, used.fit), lesson.rows(target, [used.calibrate])
    )


def _tested_notes(tried: fitting.Trial, chosen: str) -> list[str]:
    """Say where the mean of what was tested is far from what came."""
    said, came = float(tried.expected(chosen).mean()), float(tried.y.mean())
    if came <= 0 or abs(said - came) <= fitting.MEAN_OFF * came:
        return []
    return [
        f"On the test window it expected {said:.3g} on average and {came:.3g} came: what"
        " scores now was calibrated anew on that window."
    ]


def _put_right(used: Mixture, newest: Rows) -> list[str]:
    said = fitting.put_mean_right(used, newest)
    if said is None:
        return []
    return [
        f"On the newest closed window it would have expected {said:.3g} on average where"
        f" {newest.y.mean():.3g} came: its mean was put right."
    ]


def _levelled(
    used: Mixture, lifetime: Mixture | None, question: Question, lesson: Lesson
) -> dict[str, Any]:
    """Let what was learned for a shorter time answer for the time asked for."""
    days, to = lesson.horizon.days, question.horizon_days
    newest = lesson.rows(question.target, [lesson.used.calibrate])
    said = (
        f"The history is too short to test {to} days: this is learned for {days} days,"
        " the longest that it can test"
    )
    found: dict[str, Any] = {"learned_horizon_days": days}
    if not question.target.is_lifetime:
        return found | {"notes": [f"{said}."]}
    found["base_rate"] = fitting.level(used, lifetime, newest, days, to)
    how = "how often customers come (BG/NBD)" if lifetime else "time alone"
    return found | {"notes": [f"{said}, and levelled to {to} by {how}."]}


def _parts(blend: Mixture) -> dict[str, float]:
    return {
        part.key: float(weight)
        for part, weight in zip(blend.parts, blend.weights, strict=True)
    }


def name_version(as_of: datetime, digest: str) -> str:
    """Name a version by the shop's time and by what it was made of."""
    return f"{as_of.astimezone(timezone.get_default_timezone()):%Y%m%dT%H%M%S}-{digest}"


ALL = tuple(TARGETS.values())
