"""What every assigned customer did after her assignment, and before it: one grouped
query over the history.
"""

# ruff: noqa: S608 - names are ours or quoted

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from django.conf import settings

from campaigns.outcomes.campaign_goals import Question
from campaigns.outcomes.metrics.base import OutcomeMetric
from campaigns.outcomes.pre_treatment_strata import Stratum
from campaigns.stats.experiment_spec import Metric, Plan
from profiles.history import Tables
from retention_site.lib.sql_quoting import quoted_name

DENOMINATOR = ":denominator"
BEFORE = ":before"


@dataclass(frozen=True)
class Window:
    """Outcomes count for `days` after each customer's assignment but not past `until`;
    covariates for `days_before`.
    """

    days: int
    days_before: int
    until: datetime


def outcomes(
    events: ir.Table,
    assigned: ir.Table,
    metrics: Mapping[str, OutcomeMetric],
    window: Window,
) -> ir.Table:
    """Return a row per customer and side (`is_before`) with one column per metric, for
    those with any event there.

    `assigned` has customer (int64) and assigned_at (timestamp, UTC), one row per
    customer; all metrics have one window.
    """
    near = around(events, assigned, window)
    measured = {key: metric.outcome(near) for key, metric in metrics.items()}
    below = {
        key + DENOMINATOR: metric.denominator(near) for key, metric in metrics.items()
    }
    measured |= {name: value for name, value in below.items() if value is not None}
    return near.group_by(["customer", "is_before"]).aggregate(**measured)


def by_window(
    metrics: Mapping[str, OutcomeMetric], window: Window
) -> dict[Window, dict[str, OutcomeMetric]]:
    """Part metrics by the window that they ask for: their own, else the campaign's."""
    parts: dict[Window, dict[str, OutcomeMetric]] = {}
    for key, metric in metrics.items():
        parts.setdefault(replace(window, days=metric.days or window.days), {})[key] = (
            metric
        )
    return parts


def measure(
    tables: Tables,
    assignments: pa.Table,
    metrics: Mapping[str, OutcomeMetric],
    window: Window,
) -> list[str]:
    """Write what happened around each assignment into temporary tables beside the
    history; return their names.

    Nothing leaves DuckDB, which puts on disk what memory has no room for.
    """
    tables.connection.register("assignments", assignments)
    tables.connection.execute(
        "CREATE OR REPLACE TEMP VIEW assigned AS SELECT DISTINCT customer, assigned_at"
        " FROM assignments"
        if _stands_twice(tables)
        else (
            "CREATE OR REPLACE TEMP VIEW assigned AS SELECT customer, assigned_at FROM"
            " assignments"
        )
    )
    names = []
    for place, (own, some) in enumerate(by_window(metrics, window).items()):
        names.append(f"measured{place}")
        # a bound that holds for everybody comes first: months outside it are not even
        # opened
        near = _between(tables.events, span(assignments, own), own)
        sql = tables.backend.compile(
            outcomes(near, tables.table("assigned"), some, own)
        )
        tables.connection.execute(f"CREATE OR REPLACE TEMP TABLE {names[-1]} AS {sql}")
    return names


def _stands_twice(tables: Tables) -> bool:
    """A customer merged from two arms has two rows; to know is cheaper than to make
    rows distinct that are.
    """
    n, n_different = tables.connection.execute(
        "SELECT count(*), count(DISTINCT customer) FROM assignments"
    ).fetchall()[0]
    return bool(n_different < n)


def plan_for(
    question: Question, *, split: Mapping[str, float], alpha: float, tuned_for: float
) -> Plan:
    """Ask this question, with each metric's own past as covariate; `split` names the
    control arm first.
    """
    asked = question.metrics
    return Plan(
        arm="arm",
        control=next(iter(split)),
        metrics=tuple(_metric(key, metric, question) for key, metric in asked.items()),
        unit="customer",
        covariates=tuple(key + BEFORE for key in _with_a_past(asked)),
        split=dict(split),
        alpha=alpha,
        is_sequential=question.is_sequential,
        tuned_for=tuned_for,
        winsorise=question.winsorise,
    )


def with_strata(plan: Plan, strata: Sequence[Stratum]) -> Plan:
    return replace(plan, strata=tuple(stratum.name for stratum in strata))


def _metric(key: str, metric: OutcomeMetric, question: Question) -> Metric:
    return Metric(
        column=key,
        kind=metric.kind,
        denominator=key + DENOMINATOR if metric.kind == "ratio" else "",
        is_less_better=metric.is_less_better,
        label=key,
        title=str(metric.title),
        currency=settings.SHOP_CURRENCY if metric.is_money else "",
        role=question.role_of(key),
        margin=question.guardrails.get(key, 0.0),
    )


def _with_a_past(metrics: Mapping[str, OutcomeMetric]) -> list[str]:
    """Name the metrics whose own past explains them: guardrails hardly have one, a
    ratio's sums are there already.
    """
    plain = [
        key
        for key, one in metrics.items()
        if one.kind != "ratio" and not one.is_less_better and not one.days
    ]
    return (
        plain
        or [
            key
            for key, metric in metrics.items()
            if metric.kind == "ratio" or metric.days
        ][:1]
    )


def lay_out(
    connection: duckdb.DuckDBPyConnection,
    measured: Sequence[str],
    plan: Plan,
    strata: Sequence[Stratum] = (),
) -> None:
    """Write the table `rows` that `effects.measure` reads: every assigned customer, 0
    where nothing happened.

    `assignments` stands in the connection already.
    """
    held = {
        column: name for name in measured for column in _columns_of(connection, name)
    }
    values = [
        f"{_value(column, held)} AS v{place}"
        for place, column in enumerate(plan.value_columns)
    ]
    groups = [f"{stratum.sql} AS s{place}" for place, stratum in enumerate(strata)]
    sides = " ".join(
        f"LEFT JOIN {name} AS {name}_{side} ON {name}_{side}.customer ="
        f" assignments.customer AND {which} "
        for name in measured
        for side, which in (
            ("after", f"NOT {name}_after.is_before"),
            ("before", f"{name}_before.is_before"),
        )
        if any(
            _place(column, held) == f"{name}_{side}" for column in plan.value_columns
        )
    )
    if any(stratum.needs_customers for stratum in strata):
        sides += " LEFT JOIN customers ON customers.customer = assignments.customer"
    said = ", ".join(
        ["nullif(arm, '') AS arm", "assignments.customer AS unit", *values, *groups]
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE rows AS SELECT {said} FROM assignments {sides}"
    )


def _columns_of(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    return [column for column, *_ in connection.execute(f"DESCRIBE {name}").fetchall()]


def _place(column: str, held: Mapping[str, str]) -> str:
    side, name = (
        ("before", column.removesuffix(BEFORE))
        if column.endswith(BEFORE)
        else ("after", column)
    )
    return f"{held[name]}_{side}"


def _value(column: str, held: Mapping[str, str]) -> str:
    return (
        f"CAST(coalesce({_place(column, held)}.{quoted_name(column.removesuffix(BEFORE))},"
        " 0) AS DOUBLE)"
    )


def _between(
    events: ir.Table, opened: tuple[datetime, datetime] | None, window: Window
) -> ir.Table:
    """Leave out what happened before everybody's past or after everybody's window: whole
    files that need not be read.
    """
    if opened is None:
        return events
    first, last = opened
    since = ibis.literal(first - timedelta(days=window.days_before))
    return events.filter(events.happened_at >= since, events.happened_at < last)


def around(events: ir.Table, assigned: ir.Table, window: Window) -> ir.Table:
    """Join the events around each customer's assignment; `is_before` says on which side
    they lie.
    """
    joined = events.inner_join(assigned, "customer")
    first = joined.assigned_at - ibis.interval(days=window.days_before)
    # a window that is still open ends now for all: later ones would count unequal times
    last = ibis.least(
        joined.assigned_at + ibis.interval(days=window.days), ibis.literal(window.until)
    )
    near = joined.filter(joined.happened_at >= first, joined.happened_at < last)
    # one scan gives outcome and covariate: what lies before assignment can't be caused
    # by it
    return near.mutate(is_before=near.happened_at < near.assigned_at)


def span(assignments: pa.Table, window: Window) -> tuple[datetime, datetime] | None:
    """Return when the first window opened and the last one closes, None without anybody
    assigned.
    """
    if not assignments.num_rows:
        return None
    first, last = pa.compute.min_max(assignments["assigned_at"]).as_py().values()
    return first, last + timedelta(days=window.days)
