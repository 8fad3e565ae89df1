"""Has the shop moved away from what its models learned? Looked at once a day; alarms
stand with the version in use.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from profiles import history, jobs
from profiles.jobs import Progress
from profiles.models import Job
from recommender import model_cards
from recommender.models import ModelVersion
from recommender.propensity.drift_checks import shift
from recommender.propensity.features import Facts, Snapshot
from recommender.propensity.scoring import Fitted, fitted, snapshot
from recommender.propensity.targets import TARGETS
from recommender.propensity.training import Question
from recommender.scorers.link_functions import Family

EVERY = timedelta(days=1)
OLD = timedelta(days=60)  # a model that learned longer ago should learn again
# population stability index from which those who are scored are other people
MUCH_SHIFT = 0.25
MUCH_OFF = 0.05  # of a probability: what came against what was said
MUCH_OFF_AMOUNT = 0.25  # share of an amount
SURE = 4.0  # standard errors: chance alone raises no alarm


def is_due(now: datetime) -> bool:
    """Say whether some model in use was not looked at for a day."""
    last = [one.watched["at"] if one.watched else "" for one in _in_use()]
    return any(not at or datetime.fromisoformat(at) <= now - EVERY for at in last)


def start(now: datetime) -> Job | None:
    """Start the look, unless it is not due or under way."""
    if (
        not is_due(now)
        or Job.objects.filter(
            kind="drift", state__in=(Job.State.QUEUED, Job.State.RUNNING)
        ).exists()
    ):
        return None
    return jobs.start(
        "drift",
        {"as_of": now.isoformat()},
        title=gettext_noop("See whether the shop has moved"),
    )


class DriftJob:
    """One part a model in use."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{"model": one.model, "as_of": job.params["as_of"]} for one in _in_use()]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        question = next(one for one in _questions() if one.model == chunk["model"])
        return {
            "model": chunk["model"],
            **look(question, datetime.fromisoformat(chunk["as_of"])),
        }

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return {"models": results}


def look(question: Question, now: datetime) -> dict[str, Any]:
    """Compare who is scored now, and what came of the newest closed window, with what
    the model in use learned.
    """
    model = fitted(question, None)
    seen: dict[str, Any] = {
        "at": now.isoformat(),
        "learned_days_ago": (now - model.version.as_of).days,
    }
    people = _asked(question, snapshot(now, model.types))
    if kept := model.version.card.get("reference"):
        seen["shift"] = shift(kept, model.blend.expected(people.values))
    seen |= _came_true(question, model, now)
    seen["alarm"] = _alarm(question, seen)
    ModelVersion.objects.filter(pk=model.version.pk).update(watched=seen)
    return seen


def _came_true(question: Question, model: Fitted, now: datetime) -> dict[str, float]:
    """Ask the model about the newest closed window; nothing where it learned from that."""
    horizon = timedelta(days=question.horizon_days)
    moment = now - horizon
    if model.version.as_of > moment:
        return {}
    facts = Facts(history.tables(as_of=now), [moment], types=model.types)
    one = facts.snapshot(moment)
    y = question.target.label(one, *facts.outcome(one, horizon), question.horizon_days)[
        question.target.who(one)
    ]
    if not len(y):
        return {}
    expected = model.blend.expected(_asked(question, one).values)
    return {
        "said": float(expected.mean()),
        "came": float(y.mean()),
        "n": len(y),
        "error": float((y - expected).std() / np.sqrt(len(y))),
    }


def _alarm(question: Question, seen: dict[str, Any]) -> str:
    """Put the worst of what was seen into one sentence; nothing where all is well."""
    if "came" in seen:
        off = seen["came"] - seen["said"]
        much = (
            MUCH_OFF
            if question.target.family is Family.YES
            else MUCH_OFF_AMOUNT * max(seen["said"], 1e-9)
        )
        if abs(off) > max(much, SURE * seen["error"]):
            return (
                _("it said %(said).3g on average and %(came).3g came: learn again")
                % seen
            )
    if seen.get("shift", 0.0) > MUCH_SHIFT:
        return (
            _(
                "customers are no longer those that it learned from (shift"
                " %(shift).2f): learn again"
            )
            % seen
        )
    if seen["learned_days_ago"] > OLD.days:
        return _("it learned %(learned_days_ago)d days ago: learn again") % seen
    return ""


def _asked(question: Question, people: Snapshot) -> Snapshot:
    who = question.target.who(people)
    return Snapshot(
        people.moment, people.customers[who], people.names, people.values[who]
    )


def _questions() -> list[Question]:
    return [Question(target) for target in TARGETS.values()]


def _in_use() -> list[ModelVersion]:
    found = [model_cards.in_use(question.model) for question in _questions()]
    return [one for one in found if one is not None]
