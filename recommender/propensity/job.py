"""The job "scores": learn every score as of a time in a worker, and write everybody's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from profiles.jobs import Progress
from profiles.models import Job, Score
from profiles.portraits.store import ScoreRow, write_scores
from recommender.model_cards import NoModel
from retention_site.lib import clock

from . import text_training
from .scoring import Scored, best, check_fresh, score, snapshot
from .targets import KINDS, TARGETS
from .training import HORIZON_DAYS, Lesson, Question, refuse, train
from .windows import TooLittleHistory


class ScoresJob:
    """One part: all questions share the same snapshots."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        asked = {
            name: bool(job.params.get(name))
            for name in ("text", "only_renew", "is_past")
        }
        return [{"as_of": job.params.get("as_of") or clock.now().isoformat(), **asked}]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        as_of, is_live = (
            datetime.fromisoformat(chunk["as_of"]),
            not chunk.get("is_past"),
        )
        if chunk.get("only_renew"):
            return {
                "as_of": as_of.isoformat(),
                "cards": [],
                "scores": renew(as_of, progress, is_live=is_live),
            }
        cards = learn(as_of, progress, by_words=chunk.get("text", False))
        return {
            "as_of": as_of.isoformat(),
            "cards": cards,
            "scores": renew(as_of, progress, is_live=is_live),
        }

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]


def learn(
    as_of: datetime, progress: Progress, *, by_words: bool = False
) -> list[dict[str, Any]]:
    """Train every question with the usual horizon; a shop too young gets cards that say
    so.

    ``by_words`` also fine-tunes the reader, which takes minutes.
    """
    questions = [Question(target) for target in TARGETS.values()]
    questions += [text_training.QUESTION] if by_words else []
    try:
        lesson = Lesson(as_of)
    except TooLittleHistory as error:
        return [refuse(question, as_of, str(error)) for question in questions]
    progress(
        0.2,
        f"{len(lesson.snapshots)} snapshots of up to"
        f" {max(map(_size, lesson.snapshots.values()))} customers",
    )
    cards = []
    for place, question in enumerate(questions):
        cards.append(_learn_one(question, lesson, progress))
        progress(0.2 + 0.6 * (place + 1) / len(questions), f"learned {question.label}")
    return cards


def _learn_one(
    question: Question, lesson: Lesson, progress: Progress
) -> dict[str, Any]:
    if not question.by_words:
        return train(question, lesson)
    if lesson.horizon.days < question.horizon_days:
        why = f"the history is too short to test {question.horizon_days} days"
        return refuse(question, lesson.as_of, why)
    return text_training.train(lesson, progress)


def renew(
    as_of: datetime, progress: Progress, *, is_live: bool = True
) -> dict[str, int]:
    """Write everybody's scores as of a time, unless newer ones stand; return how many
    of each kind.

    Those of the past that are not live are kept among the scores that stood then.
    """
    if is_live and Score.objects.filter(kind__in=KINDS, as_of__gt=as_of).exists():
        return {}
    found: dict[str, int] = {}
    for place, kind in enumerate(KINDS.values()):
        try:
            model = best(Question(kind.target), as_of)
            check_fresh(model, as_of)
        except NoModel:
            continue
        scored = score(model, kind, snapshot(as_of, model.types))
        found[kind.key] = write_scores(
            kind.key,
            HORIZON_DAYS,
            _rows(scored),
            model=model.name,
            as_of=as_of,
            is_live=is_live,
        )
        progress(
            0.8 + 0.2 * (place + 1) / len(KINDS),
            f"{found[kind.key]} scores of {kind.key}",
        )
    return found


def _rows(scored: Scored) -> list[ScoreRow]:
    """The reasons, and behind them what would change the score."""
    told = [
        why.words + [change] * bool(change)
        for why, change in zip(scored.reasons, scored.changes, strict=True)
    ]
    columns = zip(scored.customers.tolist(), scored.values.tolist(), told, strict=True)
    return [ScoreRow(customer, value, reasons) for customer, value, reasons in columns]


def _size(one: Any) -> int:
    return len(one.customers)
