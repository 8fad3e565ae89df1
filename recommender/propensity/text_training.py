"""Fine-tune a language model on what customers did, and let it score only where it
beats RFM on the shop's holdout.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from profiles.jobs import Progress
from recommender import model_cards
from recommender.encoders import devices
from recommender.scorers import fitting
from recommender.scorers.calibration import Calibration
from recommender.scorers.contract import raw_scores
from recommender.scorers.fitting import BASE, RFM_KEY, Rows, Trial, Verdict
from recommender.scorers.link_functions import Family, Floats, NothingToLearn
from recommender.scorers.text_classifier import Reader, Schooling
from recommender.stats.probabilities import difference

from . import card_metrics, text_model_files
from .behaviour import behaviours
from .features import Snapshot
from .targets import TARGETS
from .text_model_files import Kept
from .training import SEED, Lesson, Question, name_version, refuse

# customers read: minutes on two cores
ON_CPU = {"fit": 1_200, "watched": 240, "calibrate": 500, "test": 1_000}
ON_GPU = {"fit": 20_000, "watched": 4_000, "calibrate": 8_000, "test": 15_000}
SHARE_WATCHED = 0.2  # of the customers, whom it never learns from
QUESTION = Question(TARGETS["purchase"], by_words=True)


@dataclass(frozen=True)
class Sample:
    """Customers at snapshots: what is known of them in numbers and in words, and what
    they then did.
    """

    people: Snapshot  # of one moment; of the newest where several are stacked
    rows: Rows
    texts: list[str]


def train(
    lesson: Lesson, progress: Progress, schooling: Schooling | None = None
) -> dict[str, Any]:
    """Learn to tell by their words who will buy, and return the card: win or lose, with
    the loss curve.
    """
    began, schooling = time.process_time(), schooling or Schooling()
    samples = _samples(lesson, ON_GPU if devices.has_gpu() else ON_CPU)
    model = text_model_files.base_model(
        [text for one in samples.values() for text in one.texts]
    )
    version = name_version(
        lesson.as_of, _digest(lesson, samples, model.name if model else "", schooling)
    )
    if model_cards.exists(QUESTION.model, version):
        return model_cards.card_of(QUESTION.model, version)
    if model is None:
        return refuse(
            QUESTION, lesson.as_of, "no model reads the customers' texts", version
        )
    try:
        reader = Reader(model.folder, schooling, SEED).fit(
            samples["fit"].texts,
            samples["fit"].rows.y,
            samples["watched"].texts,
            samples["watched"].rows.y,
            lambda share, words: progress(0.1 + 0.6 * share, words),
        )
        return _judged(lesson, samples, reader, version, model.name, began, progress)
    except NothingToLearn as error:
        return refuse(QUESTION, lesson.as_of, f"nothing to learn: {error}", version)


def _judged(
    lesson: Lesson,
    samples: dict[str, Sample],
    reader: Reader,
    version: str,
    base: str,
    began: float,
    progress: Progress,
) -> dict[str, Any]:
    """Calibrate, ask about the test window beside what counting says, and publish."""
    calibrate, test = samples["calibrate"], samples["test"]
    tested = Calibration.fit(Family.YES, reader.raw(calibrate.texts), calibrate.rows.y)
    progress(0.8, "reading the test window")
    raw = reader.raw(test.texts)
    tried = _trial(lesson, test.rows, tested(raw))
    verdict = _verdict(tried)
    compared = text_model_files.with_last(
        QUESTION.model, lesson.as_of, version, test.texts, tried
    )
    draft = model_cards.draft_folder(QUESTION.model, version)
    if verdict.chosen:
        # calibrated on the newest closed window, once tested
        now = Calibration.fit(Family.YES, raw, test.rows.y)
        text_model_files.save(draft, Kept(reader, now, tested))
    card = card_metrics.card(
        QUESTION,
        version,
        lesson.tested,
        tried,
        "text",
        verdict,
        len(samples["fit"].texts),
        test.people,
        began,
        {
            "loss_curve": reader.curve(),
            "base_model": base,
            "schooling": asdict(reader.schooling),
            "leads": _leads(tried),
        },
    )
    refused = "" if verdict.chosen else verdict.why
    return model_cards.publish(
        draft, card, as_of=lesson.as_of, compared=compared, refused=refused
    )


def _trial(lesson: Lesson, test: Rows, text: Floats) -> Trial:
    """Put what counting says of the same customers beside it; counting learned from
    everybody, not from a sample.
    """
    target, plan = QUESTION.target, lesson.tested
    fit, calibrate = (
        lesson.rows(target, plan.fit),
        lesson.rows(target, [plan.calibrate]),
    )
    others = fitting.fit(
        target.family, lesson.names, fit, calibrate, QUESTION.horizon_days, SEED
    )
    return Trial(
        target.family,
        {"text": text}
        | {name: raw_scores(one, test.x) for name, one in others.items()},
        test.y,
    )


def _verdict(tried: Trial) -> Verdict:
    """The gate: words score only where they surely cost less than RFM and than the base
    rate.
    """
    found = fitting.judge(tried, np.random.default_rng(SEED), ("text",))
    if found.chosen != "text":
        loss, rfm = (float(tried.losses(name).mean()) for name in ("text", RFM_KEY))
        said = f"words do not surely beat RFM: log loss {loss:.4f}, RFM {rfm:.4f}"
        return Verdict(
            None,
            said if len(tried.y) >= fitting.LEAST_TESTED else found.why,
            found.against_rfm,
        )
    if (
        difference(
            tried.losses("text"), tried.losses(BASE), np.random.default_rng(SEED)
        ).high
        >= 0
    ):
        return Verdict(
            None, "words do not surely beat the base rate", found.against_rfm
        )
    return found


def _leads(tried: Trial) -> bool:
    """Say whether words also surely beat the best that counting can do."""
    return (
        difference(
            tried.losses("text"), tried.losses("blend"), np.random.default_rng(SEED)
        ).high
        < 0
    )


def _samples(lesson: Lesson, sizes: dict[str, int]) -> dict[str, Sample]:
    """Draw customers of each step; those watched while it learns are never learned
    from.
    """
    dice, plan = np.random.default_rng(SEED), lesson.tested
    assert plan.test is not None  # noqa: S101  a plan with a test
    everybody = np.unique(
        np.concatenate([lesson.snapshots[moment].customers for moment in plan.fit])
    )
    watched = dice.permutation(everybody)[: int(len(everybody) * SHARE_WATCHED)]

    def drawn(
        step: str, moments: Sequence[datetime], *, of_watched: bool | None = None
    ) -> Sample:
        each = max(sizes[step] // len(moments), 1)
        parts = []
        for moment in moments:
            people, rows = (
                lesson.asked(QUESTION.target, moment),
                lesson.rows(QUESTION.target, [moment]),
            )
            fits = (
                np.ones(len(rows), bool)
                if of_watched is None
                else np.isin(people.customers, watched) == of_watched
            )
            some = np.sort(dice.permutation(np.flatnonzero(fits))[:each])
            few = Snapshot(
                moment, people.customers[some], people.names, people.values[some]
            )
            told = [one.text() for one in behaviours(lesson.facts.tables, few)]
            parts.append(Sample(few, Rows(rows.x[some], rows.y[some]), told))
        return Sample(
            parts[-1].people,
            Rows.stacked([one.rows for one in parts]),
            [text for one in parts for text in one.texts],
        )

    return {
        "fit": drawn("fit", plan.fit, of_watched=False),
        "watched": drawn("watched", plan.fit, of_watched=True),
        "calibrate": drawn("calibrate", [plan.calibrate]),
        "test": drawn("test", [plan.test]),
    }


def _digest(
    lesson: Lesson, samples: dict[str, Sample], model: str, schooling: Schooling
) -> str:
    found = hashlib.sha256(f"{lesson.digest} {model} {schooling}".encode())
    for one in samples.values():
        found.update("\n".join(one.texts).encode())
    return found.hexdigest()[:8]
