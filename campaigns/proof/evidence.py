"""All that an effect is computed from, laid out as rows: who was assigned, and what each did."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from campaigns.models import Run
from campaigns.planning.content.model import CONTROL
from campaigns.planning.content.read import read
from campaigns.planning.experiments import shares
from campaigns.proof import metrics, outcomes
from campaigns.proof.assignments import assignments_of, customers_of
from campaigns.proof.outcomes import Window
from campaigns.proof.plans import Plan
from profiles import history

DAYS_BEFORE = 84  # twelve weeks of each customer's own past take out what she always does
ALPHA = 0.05
MEMORY_LIMIT = "1GB"


class NoControlGroup(Exception):
    """Nobody was left alone, so nothing can be called an effect."""


@dataclass(frozen=True)
class Evidence:
    """The table `rows` in `connection`, and the question to ask of it."""

    connection: duckdb.DuckDBPyConnection
    plan: Plan
    window: Window
    opened_at: datetime | None  # when the first customer was assigned
    closes_at: datetime | None  # when the last customer's window ends

    @property
    def is_open(self) -> bool:
        return self.closes_at is not None and self.closes_at > self.window.until


@contextmanager
def evidence_of(run: Run, *, until: datetime) -> Iterator[Evidence]:
    """Gather what a run's customers did before `until`. Raise NoControlGroup."""
    content = read(run.version.content)
    split = shares(content)
    if not split[CONTROL]:
        raise NoControlGroup
    window = Window(content.goal.window_days, DAYS_BEFORE, until)
    with gathered(assignments_of(run), content.goal.metrics, window, split=split) as evidence:
        yield evidence


@contextmanager
def gathered(
    assignments: pa.Table, keys: Sequence[str], window: Window, *, split: Mapping[str, float]
) -> Iterator[Evidence]:
    """Gather the outcomes of any assignments (customer, arm, assigned_at); `split` names the control arm first."""
    chosen = metrics.chosen(keys)
    control = next(iter(split))
    plan = outcomes.plan_for(chosen, control=control, split=split, alpha=ALPHA, tuned_for=assignments.num_rows)
    events = history.tables(as_of=window.until).events
    measured = outcomes.outcomes(events, customers_of(assignments), chosen, window)
    with duckdb.connect(config={"memory_limit": MEMORY_LIMIT}) as connection:
        outcomes.lay_out(connection, assignments, measured, plan)
        opened_at, closes_at = outcomes.span(assignments, window) or (None, None)
        yield Evidence(connection, plan, window, opened_at, closes_at)
