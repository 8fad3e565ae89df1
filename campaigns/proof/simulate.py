"""A copy of the outcomes with a lift that we put there, to see whether the report finds
it. Never a result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from campaigns.stats.experiment_spec import Metric, Plan
from campaigns.stats.forecasts.power import detectable
from campaigns.stats.normal import two_sided_quantile

Lift = dict[str, float]


def with_lifts(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    plain: Mapping[str, Any],
    *,
    factor: float,
) -> tuple[Plan, dict[str, Lift]]:
    """Add to every treated outcome in the table `rows`; return the plan of the metrics
    that took a lift, and the lifts.

    `plain` is the effect without a lift: its interval says how large an effect must be
    to be seen. A mean rises by the same amount for everybody; of a share, so many who
    didn't are counted as if they did. Raise ValueError when no metric has room for its
    lift.
    """
    lifts = {
        metric: lift
        for metric in plan.metrics
        if (lift := _lift(metric, plain, factor)) is not None
    }
    if not lifts:
        raise ValueError("No metric can take a lift of this size.")
    for metric, lift in lifts.items():
        for arm in {result["arm"] for result in plain["results"]}:
            _add(connection, plan, metric, arm, lift["lift"])
    return _narrowed(connection, plan, list(lifts)), {
        metric.name: lift for metric, lift in lifts.items()
    }


def _lift(metric: Metric, plain: Mapping[str, Any], factor: float) -> Lift | None:
    results = [result for result in plain["results"] if result["metric"] == metric.name]
    if (
        metric.kind == "ratio"
        or metric.role == "guardrail"
        or any(result["low"] is None for result in results)
    ):
        return None
    z = two_sided_quantile(plain["alpha"])
    smallest = max(
        detectable((one["high"] - one["low"]) / (2 * z), alpha=plain["alpha"])
        for one in results
    )
    lift = factor * smallest
    if metric.kind == "proportion" and any(
        result["mean"] + lift > 1 for result in results
    ):
        return None
    return {"lift": lift, "smallest_detectable_effect": smallest}


def _add(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    metric: Metric,
    arm: str,
    lift: float,
) -> None:
    value = f"v{plan.value_columns.index(metric.column)}"
    if metric.kind == "mean":
        connection.execute(
            f"UPDATE rows SET {value} = {value} + ? WHERE arm = ?",  # noqa: S608
            [lift, arm],
        )
        return
    (n_units,) = connection.execute(
        "SELECT count(*) FROM rows WHERE arm = ?", [arm]
    ).fetchall()[0]
    connection.execute(
        f"UPDATE rows SET {value} = 1 WHERE arm = ? AND unit IN "  # noqa: S608
        f"(SELECT unit FROM rows WHERE arm = ? AND {value} = 0 ORDER BY hash(unit),"
        " unit LIMIT ?)",
        [arm, arm, round(lift * n_units)],
    )


def _narrowed(
    connection: duckdb.DuckDBPyConnection, plan: Plan, metrics: Sequence[Metric]
) -> Plan:
    """Keep only these metrics in the plan, and their columns in the table `rows`."""
    narrow = replace(plan, metrics=tuple(metrics))
    columns = [
        f"v{plan.value_columns.index(column)} AS v{i}"
        for i, column in enumerate(narrow.value_columns)
    ]
    strata = [f"s{place}" for place in range(len(plan.strata))]
    kept = ", ".join([*columns, *strata])
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE rows AS SELECT arm, unit, {kept} FROM rows"  # noqa: S608
    )
    return narrow
