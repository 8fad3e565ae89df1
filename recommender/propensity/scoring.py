"""Score everybody as of a time with a fitted model, and say why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from profiles import history
from profiles.models import Customer
from recommender import model_cards
from recommender.interactions import known_customers
from recommender.models import ModelVersion
from recommender.scorers.link_functions import Floats
from recommender.scorers.mixture import Mixture
from retention_site.lib.clock import now

from . import text_attribution
from .behaviour import behaviours
from .counterfactuals import nearest
from .features import Facts, Snapshot
from .mixture_files import MODEL_FILE, load
from .reason_words import Reasons, Speaker
from .scope import EVERYTHING, Scope
from .targets import Kind
from .text_model_files import Kept
from .text_model_files import load as load_reader
from .training import Question

ALL_TIME = datetime(9999, 1, 1, tzinfo=UTC)
MOST_READ = 20_000  # customers: more would keep the workers reading for hours
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
class FittedReader:
    """A model that may score by reading."""

    version: ModelVersion
    kept: Kept
    types: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.version.model}/{self.version.version}"

    def reads(self, texts: Sequence[str]) -> Floats:
        return self.kept.calibration(self.kept.reader.raw(texts))


Model = Fitted | FittedReader


@dataclass(frozen=True)
class Scored:
    """Everybody of whom the question can be asked, by key."""

    customers: npt.NDArray[np.int64]
    values: Floats
    reasons: list[Reasons]
    # the nearest thing that would lift each to the usual; empty where nothing would or
    # need
    changes: list[str]


def fitted(question: Question, as_of: datetime | None) -> Fitted:
    """Load the model for a question at a time; raise `model_cards.NoModel` without one,
    or where it is stale.
    """
    version = model_cards.usable(question.model, as_of)
    return Fitted(
        version, *load(model_cards.folder(version.model, version.version) / MODEL_FILE)
    )


def best(question: Question, as_of: datetime | None) -> Model:
    """Load what answers best: the reader where it surely beats counting, or where only
    it passed its gate.
    """
    reader = _reader(question, as_of)
    if reader is not None and reader.version.card.get("leads"):
        return reader
    try:
        return fitted(question, as_of)
    except model_cards.NoModel:
        if reader is None:
            raise
        return reader


def _reader(question: Question, as_of: datetime | None) -> FittedReader | None:
    """Load the reader of a question; None without one in use, or in a shop too large to
    be read each day.
    """
    try:
        version = model_cards.usable(replace(question, by_words=True).model, as_of)
    except model_cards.NoModel:
        return None
    if Customer.objects.count() > MOST_READ or (as_of or now()) - version.as_of > STALE:
        return None
    return FittedReader(
        version, load_reader(model_cards.folder(version.model, version.version))
    )


def check_fresh(model: Model, as_of: datetime) -> None:
    """Refuse a model that learned too long before."""
    if as_of - model.version.as_of > STALE:
        raise model_cards.NoModel(
            f"{model.name} learned up to {model.version.as_of:%Y-%m-%d}, too long"
            f" before {as_of:%Y-%m-%d}: run learn."
        )


def snapshot(
    as_of: datetime, types: tuple[str, ...], scope: Scope = EVERYTHING
) -> Snapshot:
    """Everybody who was known at a time, those without a sign of life too."""
    tables = history.tables(as_of=as_of)
    everybody, _ids = known_customers(tables, history.tables(as_of=ALL_TIME))
    return Facts(tables, [as_of], scope, types).snapshot(as_of, everybody)


def score(model: Model, kind: Kind, people: Snapshot) -> Scored:
    """Score those of whom it can be asked; a probability, or money in the shop's
    currency.
    """
    who = kind.target.who(people)
    asked = Snapshot(
        people.moment, people.customers[who], people.names, people.values[who]
    )
    if isinstance(model, Fitted):
        asked = _as_learned(asked, model.blend.names)
    expected, reasons = (
        _read(model, kind, asked)
        if isinstance(model, FittedReader)
        else _counted(model, kind, asked)
    )
    changes = (
        [""] * len(expected)
        if isinstance(model, FittedReader)
        else _changes(model, kind, asked)
    )
    return Scored(
        asked.customers,
        1 - expected if kind.is_opposite else expected,
        reasons,
        changes,
    )


def _as_learned(asked: Snapshot, names: tuple[str, ...]) -> Snapshot:
    """Keep the features that a model knows, in its order: newer ones came after it had
    learned.
    """
    places = [asked.names.index(name) for name in names]
    return Snapshot(asked.moment, asked.customers, names, asked.values[:, places])


def _changes(model: Fitted, kind: Kind, asked: Snapshot) -> list[str]:
    def said(values: Floats) -> Floats:
        expected = model.blend.expected(values)
        return 1 - expected if kind.is_opposite else expected

    rate = float(model.version.card["base_rate"])
    goal = 1 - rate if kind.is_opposite else rate
    return nearest(
        asked,
        said,
        goal=goal,
        is_high_good=kind.is_high_good,
        family=kind.target.family,
    )


def _counted(
    model: Fitted, kind: Kind, asked: Snapshot
) -> tuple[Floats, list[Reasons]]:
    speaker = Speaker(asked.names, -1 if kind.is_opposite else 1)
    added, family = model.blend.contributions(asked.values), kind.target.family
    told = speaker.reasons(asked.values, added, model.blend.bias_, family)
    return model.blend.expected(asked.values), told


def _read(
    model: FittedReader, kind: Kind, asked: Snapshot
) -> tuple[Floats, list[Reasons]]:
    people = behaviours(history.tables(as_of=asked.moment), asked)
    told = text_attribution.tell(model.reads, people)
    family, sign = kind.target.family, -1 if kind.is_opposite else 1
    reasons = text_attribution.reasons(told, people, family, sign)
    return family.expected(told.raw), reasons
