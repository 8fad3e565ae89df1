"""Answer one question for everybody: load its model, or learn it now where the shop has
learned but not this.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from profiles import history
from recommender.interactions import known_customers
from recommender.model_cards import NoModel
from retention_site.lib.clock import now

from .reason_words import Reasons
from .scope import EVERYTHING, Scope
from .scoring import ALL_TIME, Model, Scored, best, check_fresh, fitted, score, snapshot
from .targets import Kind
from .training import Lesson, Question, refuse, train
from .windows import TooLittleHistory

LONGEST_DAYS = 730


class UnknownScope(LookupError):
    """No item has this category or id."""


@dataclass(frozen=True, order=True)
class Row:
    """One customer's score, by the shop's id."""

    customer: str
    value: float
    reasons: Reasons = field(compare=False)
    change: str


@dataclass(frozen=True)
class Answer:
    """Scores as of a time, and what they rest on."""

    as_of: datetime
    model: str
    trained_to: datetime
    base_rate: float | None
    scored: Scored
    ids: dict[int, str]

    def rows(self, only: npt.NDArray[np.int64] | None = None) -> list[Row]:
        """Return everybody's row by id, or those of some customers."""
        wanted, said = (
            set(self.ids) if only is None else set(only.tolist()),
            self.scored,
        )
        columns = zip(
            said.customers.tolist(),
            said.values.tolist(),
            said.reasons,
            said.changes,
            strict=True,
        )
        return sorted(
            Row(self.ids[who], value, why, change)
            for who, value, why, change in columns
            if who in wanted and who in self.ids
        )


def ask(
    kind: Kind, as_of: datetime | None, horizon_days: int, scope: Scope = EVERYTHING
) -> Answer:
    """Score everybody; raise `NoModel` with what to do, or `UnknownScope`."""
    question = Question(kind.target, horizon_days, scope)
    model = _model(question, as_of)
    as_of = as_of or now()
    check_fresh(model, as_of)
    _keys, ids = known_customers(
        history.tables(as_of=as_of), history.tables(as_of=ALL_TIME)
    )
    rate = model.version.card.get("base_rate")
    return Answer(
        as_of=as_of,
        model=model.name,
        trained_to=model.version.as_of,
        base_rate=1 - rate if kind.is_opposite and rate is not None else rate,
        scored=score(model, kind, snapshot(as_of, model.types, scope)),
        ids=dict(zip(_keys.tolist(), ids, strict=True)),
    )


def _model(question: Question, as_of: datetime | None) -> Model:
    """Load the model; another horizon or scope is learned on first use, up to where the
    shop has learned.
    """
    usual = replace(
        question, scope=EVERYTHING, horizon_days=Question(question.target).horizon_days
    )
    if question == usual:
        return best(usual, as_of)
    base = fitted(usual, as_of)
    if not question.scope.exists(history.tables(as_of=base.version.as_of)):
        raise UnknownScope(f"The shop has nothing like that{question.scope.words}.")
    try:
        found = fitted(question, as_of)
        if found.version.as_of >= base.version.as_of:
            return found
    except NoModel:
        pass
    _learn(question, base.version.as_of)
    return fitted(question, as_of)


def _learn(question: Question, as_of: datetime) -> None:
    try:
        train(question, Lesson(as_of, question.horizon_days, question.scope))
    except TooLittleHistory as error:
        refuse(question, as_of, str(error))
