"""All that an effect is computed from, laid out as rows: who was assigned, and what
each did.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import pyarrow as pa
from django.utils.translation import gettext as _

from campaigns.content.model import CONTROL, shares
from campaigns.content.parse import read
from campaigns.models import Run
from campaigns.outcomes import customer_outcomes, outcome_currency
from campaigns.outcomes.assignments import assignments_of
from campaigns.outcomes.campaign_goals import Question, question_of
from campaigns.outcomes.customer_outcomes import BEFORE, Window
from campaigns.outcomes.pre_treatment_strata import Stratum, strata_of
from campaigns.stats.experiment_spec import Plan
from profiles import history
from profiles.history import Tables

# twelve weeks of each customer's own past take out what she always does
DAYS_BEFORE = 84
ALPHA = 0.05


class NoControlGroup(Exception):
    """Nobody was left alone, so nothing can be called an effect."""


@dataclass(frozen=True)
class Evidence:
    """The table `rows` in `connection`, beside the history it was made from, and the
    question to ask of it.
    """

    connection: duckdb.DuckDBPyConnection
    plan: Plan
    window: Window
    opened_at: datetime | None  # when the first customer was assigned
    closes_at: datetime | None  # when the last customer's window ends
    tables: Tables = field(repr=False)
    question: Question
    # metric → why no number of it is given
    unusable: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.closes_at is not None and self.closes_at > self.window.until


@contextmanager
def evidence_of(run: Run, *, until: datetime) -> Iterator[Evidence]:
    """Gather what a run's customers did before `until`. Raise NoControlGroup."""
    content = read(run.version.content)
    split = dict(run.shares or shares(content))
    if not split[CONTROL]:
        raise NoControlGroup
    window = Window(content.goal.window_days, DAYS_BEFORE, until)
    with gathered(
        assignments_of(run),
        question_of(content.goal),
        window,
        split=split,
        is_parted=True,
    ) as evidence:
        yield evidence


@contextmanager
def gathered(
    assignments: pa.Table,
    question: Question,
    window: Window,
    *,
    split: Mapping[str, float],
    is_parted: bool = False,
    tables: Tables | None = None,
) -> Iterator[Evidence]:
    """Gather the outcomes of any assignments (customer, arm, assigned_at); `split`
    names the control arm first.

    With `is_parted` the effect is looked at within groups, too. `tables` of as of the
    window's end may be shared.
    """
    read = tables or history.tables(as_of=window.until)
    try:
        names = customer_outcomes.measure(read, assignments, question.metrics, window)
        plan = customer_outcomes.plan_for(
            question, split=split, alpha=ALPHA, tuned_for=assignments.num_rows
        )
        strata = _strata(read, names, plan) if is_parted else []
        customer_outcomes.lay_out(read.connection, names, plan, strata)
        opened_at, closes_at = customer_outcomes.span(assignments, window) or (
            None,
            None,
        )
        problems, unusable = _doubts(read, assignments, question, window)
        plan = customer_outcomes.with_strata(plan, strata)
        yield Evidence(
            read.connection,
            plan,
            window,
            opened_at,
            closes_at,
            read,
            question,
            unusable,
            problems,
        )
    finally:
        if tables is None:
            read.connection.close()


def _strata(tables: Tables, measured: list[str], plan: Plan) -> list[Stratum]:
    """Part customers by the first of their pasts that is there: money where it was
    asked for.
    """
    pasts = [covariate.removesuffix(BEFORE) for covariate in plan.covariates]
    spent = next(
        (one for one in ("revenue", "orders", "conversion") if one in pasts), None
    )
    return strata_of(tables, measured[0], spent) if spent else []


def _doubts(
    tables: Tables, assignments: pa.Table, question: Question, window: Window
) -> tuple[tuple[str, ...], dict[str, str]]:
    unrated = outcome_currency.without_rate(tables, window)
    money = {
        key: unrated
        for key, metric in question.metrics.items()
        if unrated and metric.is_money
    }
    late = (
        assignments.num_rows
        and pa.compute.sum(
            pa.compute.greater_equal(assignments["assigned_at"], window.until)
        ).as_py()
    )
    words = _(
        "Customers who were assigned after the outcomes end, counted without any:"
        " {n:,}."
    )
    return ((words.format(n=late),) if late else ()), money
