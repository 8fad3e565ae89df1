"""What if chance had drawn otherwise? Fresh assignments of the same customers, who reacted to none of them."""

import duckdb
import numpy as np

from campaigns.proof.plans import Metric, Plan
from campaigns.proof.stats.assignment import assign
from campaigns.proof.stats.means import compare_means
from campaigns.proof.stats.ratio import compare_ratios
from campaigns.proof.stats.samples import Array, Sample


def shares_that_reject(
    connection: duckdb.DuckDBPyConnection, plan: Plan, *, salt: str, n_redraws: int
) -> dict[str, float | None]:
    """Re-draw all arms `n_redraws` times and return, by metric, the share of comparisons with p below alpha.

    Reads the table `rows`. Near alpha is right; far above it the intervals of this shop's numbers are too narrow.
    """
    units, columns = _outcomes(connection, plan)
    shares = list(plan.split.values())
    asked = [metric for metric in plan.metrics if metric.role != "guardrail"]
    rejected = {metric.name: [] for metric in asked}  # type: dict[str, list[bool]]
    for draw in range(n_redraws):
        arms = assign(units, salt=f"{salt} redraw {draw}", shares=shares).arms
        for metric in asked:
            rejected[metric.name] += _rejections(metric, columns, arms, n_arms=len(shares), alpha=plan.alpha)
    return {name: float(np.mean(found)) if found else None for name, found in rejected.items()}


def _outcomes(connection: duckdb.DuckDBPyConnection, plan: Plan) -> tuple[list[str], dict[str, Array]]:
    names = {column: f"v{place}" for place, column in enumerate(plan.value_columns)}
    answer = connection.execute(f"SELECT unit, {', '.join(names.values())} FROM rows ORDER BY unit").fetchnumpy()  # noqa: S608
    return [str(unit) for unit in answer["unit"].tolist()], {column: answer[name] for column, name in names.items()}


def _rejections(
    metric: Metric, columns: dict[str, Array], arms: np.ndarray, *, n_arms: int, alpha: float
) -> list[bool]:
    """Compare every arm with the first, which is control."""
    values = [columns[column] for column in metric.columns]
    samples = [Sample.of(*(value[arms == arm] for value in values)) for arm in range(n_arms)]
    compare = compare_ratios if metric.kind == "ratio" else compare_means
    seen = [compare(samples[0], treated, alpha).p for treated in samples[1:] if treated.n and samples[0].n]
    return [p < alpha for p in seen if p is not None]
