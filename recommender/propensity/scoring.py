"""Score everybody as of a time with a fitted model, and say why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from profiles import history
from recommender import model_cards
from recommender.interactions import known_customers
from recommender.models import ModelVersion
from recommender.scorers.families import Floats
from recommender.scorers.mixture import Mixture

from .features import Facts, Snapshot
from .files import MODEL_FILE, load
from .scope import EVERYTHING, Scope
from .targets import Kind
from .training import Question
from .words import Speaker

ALL_TIME = datetime(9999, 1, 1, tzinfo=UTC)
STALE = timedelta(days=120)  # a model that learned longer ago knows another shop


@dataclass(frozen=True)
class Fitted:
    """A model that may score."""

    version: ModelVersion
    blend: Mixture
    types: tuple[str, ...]  # of events that its features count

    @property
    def name(self) -> str:
        return f"{self.version.model}/{self.version.version}"


@dataclass(frozen=True)
class Scored:
    """Everybody of whom the question can be asked, by key."""

    customers: npt.NDArray[np.int64]
    values: Floats
    reasons: list[list[str]]


def fitted(question: Question, as_of: datetime | None) -> Fitted:
    """Load the model for a question at a time; raise `model_cards.NoModel` without one, or where it is stale."""
    try:
        version = model_cards.usable(question.model, as_of)
    except model_cards.NoModel as error:
        raise model_cards.NoModel(_with_why(question.model, str(error))) from error
    return Fitted(version, *load(model_cards.folder(version.model, version.version) / MODEL_FILE))


def check_fresh(model: Fitted, as_of: datetime) -> None:
    """Refuse a model that learned too long before."""
    if as_of - model.version.as_of > STALE:
        raise model_cards.NoModel(
            f"{model.name} learned up to {model.version.as_of:%Y-%m-%d}, too long before {as_of:%Y-%m-%d}: run learn."
        )


def snapshot(as_of: datetime, types: tuple[str, ...], scope: Scope = EVERYTHING) -> Snapshot:
    """Everybody who was known at a time, those without a sign of life too."""
    tables = history.tables(as_of=as_of)
    everybody, _ids = known_customers(tables, history.tables(as_of=ALL_TIME))
    return Facts(tables, [as_of], scope, types).snapshot(as_of, everybody)


def score(model: Fitted, kind: Kind, people: Snapshot) -> Scored:
    """Score those of whom it can be asked; a probability, or money in the shop's currency."""
    who = kind.target.who(people)
    values = people.values[who]
    expected = model.blend.expected(values)
    speaker = Speaker(people.names, -1 if kind.is_opposite else 1)
    reasons = speaker.reasons(values, model.blend.contributions(values))
    return Scored(people.customers[who], 1 - expected if kind.is_opposite else expected, reasons)


def _with_why(model: str, words: str) -> str:
    """Add why the newest try was not put to use."""
    tried = ModelVersion.objects.filter(model=model).order_by("-as_of", "-id").first()
    if tried is None or tried.card.get("promoted"):
        return words
    return f"{words} The last one, as of {tried.as_of:%Y-%m-%d}, is not used: {tried.card.get('why')}."
