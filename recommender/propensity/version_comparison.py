"""Compare a new version with the one in use: the same customers, the same window, which
neither of them has seen.

The version in use learned from windows that the new one is tested on. Its twin, as it
was tested, did not: the new test window lies behind everything that the twin was fitted
and calibrated on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from profiles import history
from recommender import model_cards, model_files
from recommender.model_cards import Compared
from recommender.models import ModelVersion
from recommender.scorers.contract import raw_scores
from recommender.scorers.fitting import Trial
from recommender.scorers.link_functions import Floats
from recommender.stats.probabilities import difference

from .card_metrics import measure
from .features import Facts
from .mixture_files import TWIN_FILE, load

if TYPE_CHECKING:
    from .training import Lesson, Question

SEED = 2


def with_last(
    question: Question, version: str, lesson: Lesson, tried: Trial, chosen: str
) -> Compared | None:
    """Measure the version in use beside a new candidate; None where there is none that
    can be asked honestly.
    """
    last = model_cards.in_use(question.model, besides=version)
    if last is None or last.as_of > lesson.as_of:
        return None
    if TWIN_FILE not in last.files or model_files.wrong_with(last, TWIN_FILE):
        return None
    days = last.card.get("learned_horizon_days", question.horizon_days)
    if days != lesson.horizon.days:
        return None  # what it learned is another question
    raw = _raw(last, question, lesson)
    both = Trial(tried.family, {"mine": tried.raw[chosen], "theirs": raw}, tried.y)
    mine, theirs = both.losses("mine"), both.losses("theirs")

    return Compared(
        last.version,
        measure(tried.family),
        len(tried.y),
        float(mine.mean()),
        float(theirs.mean()),
        difference(mine, theirs, np.random.default_rng(SEED)),
        higher_is_better=False,
    )


def _raw(last: ModelVersion, question: Question, lesson: Lesson) -> Floats:
    """What the twin of the version in use says of the new test window."""
    moment = lesson.tested.test
    assert moment is not None  # noqa: S101  a plan with a test
    twin, types = load(model_cards.folder(last.model, last.version) / TWIN_FILE)
    people = lesson.asked(question.target, moment)
    if twin.names != people.names:  # other types of event were frequent then
        facts = Facts(
            history.tables(as_of=lesson.as_of), [moment], question.scope, types
        )
        seen = facts.snapshot(moment)
        people = type(seen)(
            moment, seen.customers, seen.names, seen.values[question.target.who(seen)]
        )
    return raw_scores(twin, people.values)
