"""What every assigned customer did after her assignment, and before it: one grouped query over the history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from django.conf import settings

from campaigns.proof.metrics.base import OutcomeMetric
from campaigns.proof.plans import Metric, Plan

DENOMINATOR = ":denominator"
BEFORE = ":before"


@dataclass(frozen=True)
class Window:
    """Outcomes count for `days` after each customer's assignment but not past `until`; covariates for `days_before`."""

    days: int
    days_before: int
    until: datetime


def outcomes(events: ir.Table, assignments: pa.Table, metrics: Mapping[str, OutcomeMetric], window: Window) -> pa.Table:
    """Return a row per customer and side (`is_before`) with one column per metric, for those with any event there.

    `assignments` has customer (int64) and assigned_at (timestamp, UTC), one row per customer.
    """
    assigned = ibis.memtable(assignments)
    near = around(events, assigned, window)
    measured = {key: metric.outcome(near) for key, metric in metrics.items()}
    below = {key + DENOMINATOR: metric.denominator(near) for key, metric in metrics.items()}
    measured |= {name: value for name, value in below.items() if value is not None}
    return near.group_by(["customer", "is_before"]).aggregate(**measured).to_pyarrow()


def plan_for(
    metrics: Mapping[str, OutcomeMetric], *, control: str, split: Mapping[str, float], alpha: float, tuned_for: float
) -> Plan:
    """Ask for these metrics, with each one's own past as covariate."""
    asked = [
        Metric(
            column=key,
            kind=metric.kind,
            denominator=key + DENOMINATOR if metric.kind == "ratio" else "",
            is_less_better=metric.is_less_better,
            label=key,
            title=str(metric.title),
            currency=settings.SHOP_CURRENCY if metric.is_money else "",
        )
        for key, metric in metrics.items()
    ]
    return Plan(
        arm="arm",
        control=control,
        metrics=tuple(asked),
        unit="customer",
        covariates=tuple(key + BEFORE for key in _with_a_past(metrics)),
        split=dict(split),
        alpha=alpha,
        is_sequential=True,
        tuned_for=tuned_for,
    )


def _with_a_past(metrics: Mapping[str, OutcomeMetric]) -> list[str]:
    """Name the metrics whose own past explains them: guardrails hardly have one, a ratio's sums are there already."""
    plain = [key for key, metric in metrics.items() if metric.kind != "ratio" and not metric.is_less_better]
    return plain or [key for key, metric in metrics.items() if metric.kind == "ratio"]


def lay_out(connection: duckdb.DuckDBPyConnection, assignments: pa.Table, measured: pa.Table, plan: Plan) -> None:
    """Write the table `rows` that `effects.measure` reads: every assigned customer, 0 where nothing happened."""
    connection.register("assignments", assignments)
    connection.register("measured", measured)
    values = ", ".join(f"{_value(column)} AS v{place}" for place, column in enumerate(plan.value_columns))
    connection.execute(
        f"CREATE TABLE rows AS SELECT nullif(arm, '') AS arm, assignments.customer AS unit, {values} FROM assignments"  # noqa: S608
        " LEFT JOIN measured AS after ON after.customer = assignments.customer AND NOT after.is_before"
        " LEFT JOIN measured AS before ON before.customer = assignments.customer AND before.is_before"
    )


def _value(column: str) -> str:
    side, name = ("before", column.removesuffix(BEFORE)) if column.endswith(BEFORE) else ("after", column)
    return f'CAST(coalesce({side}."{name}", 0) AS DOUBLE)'


def around(events: ir.Table, assigned: ir.Table, window: Window) -> ir.Table:
    """Join the events around each customer's assignment; `is_before` says on which side they lie."""
    joined = events.inner_join(assigned, "customer")
    first = joined.assigned_at - ibis.interval(days=window.days_before)
    last = ibis.least(joined.assigned_at + ibis.interval(days=window.days), ibis.literal(window.until))
    near = joined.filter(joined.happened_at >= first, joined.happened_at < last)
    return near.mutate(is_before=near.happened_at < near.assigned_at)


def span(assignments: pa.Table, window: Window) -> tuple[datetime, datetime] | None:
    """Return when the first window opened and the last one closes, None without anybody assigned."""
    if not assignments.num_rows:
        return None
    first, last = pa.compute.min_max(assignments["assigned_at"]).as_py().values()
    return first, last + timedelta(days=window.days)
