"""What if chance had drawn otherwise? Fresh assignments of the same customers, who
reacted to none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from campaigns.outcomes.units import Units, gather
from campaigns.stats.allocation.assignment import assign
from campaigns.stats.arm_statistics import Array, Sample
from campaigns.stats.comparisons.means import compare_means
from campaigns.stats.comparisons.ratio import compare_ratios
from campaigns.stats.experiment_spec import Metric, Plan

Arms = NDArray[np.int64]  # (n,) the arm of each unit, 0 is control


@dataclass(frozen=True)
class Redraws:
    """How often chance alone looked like an effect."""

    # by metric: the share of comparisons with p below alpha, at one look
    rejected: dict[str, float | None]
    # the share of redraws whose daily band left zero at any of its looks
    ever_left: float | None


def redraw(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    *,
    salt: str,
    n_redraws: int,
    leaves_zero: Callable[[Arms], bool] | None = None,
) -> Redraws:
    """Draw all arms anew `n_redraws` times and count how often an effect was found
    where there can be none.

    Reads the table `rows`, amounts pulled in as the plan declares. Of one look, near
    alpha is right; far above it the intervals of this shop's numbers are too narrow.
    ``leaves_zero`` answers for units in ascending order whether the daily band ever
    excluded zero, which it may in at most alpha of all redraws.
    """
    units, columns = _outcomes(connection, plan, gather(connection, plan))
    shares = list(plan.split.values())
    asked = [metric for metric in plan.metrics if metric.role != "guardrail"]
    rejected: dict[str, list[bool]] = {metric.name: [] for metric in asked}
    left: list[bool] = []
    for draw in range(n_redraws):
        arms = assign(units, salt=f"{salt} redraw {draw}", shares=shares).arms
        for metric in asked:
            rejected[metric.name] += _rejections(
                metric, columns, arms, n_arms=len(shares), alpha=plan.alpha
            )
        left += [leaves_zero(arms)] if leaves_zero else []
    found = {
        name: float(np.mean(each)) if each else None for name, each in rejected.items()
    }
    return Redraws(found, float(np.mean(left)) if left else None)


def _outcomes(
    connection: duckdb.DuckDBPyConnection, plan: Plan, units: Units
) -> tuple[list[str], dict[tuple[str, str], Array]]:
    """Return the units in ascending order, and each outcome by its column and use."""
    asked = {key: f"c{place}" for key, place in units.where.items()}
    query = f"SELECT unit, {', '.join(asked.values())} FROM units ORDER BY unit"  # noqa: S608
    answer = connection.execute(query).fetchnumpy()
    return [str(unit) for unit in answer["unit"].tolist()], {
        key: answer[name] for key, name in asked.items()
    }


def _rejections(
    metric: Metric,
    columns: dict[tuple[str, str], Array],
    arms: Arms,
    *,
    n_arms: int,
    alpha: float,
) -> list[bool]:
    """Compare every arm with the first, which is control."""
    # zeros and ones are a share
    use = metric.use if (metric.column, metric.use) in columns else "max"
    values = [columns[column, use] for column in metric.columns]
    samples = [
        Sample.of(*(value[arms == arm] for value in values)) for arm in range(n_arms)
    ]
    compare = compare_ratios if metric.kind == "ratio" else compare_means
    seen = [
        compare(samples[0], treated, alpha).p
        for treated in samples[1:]
        if treated.n and samples[0].n
    ]
    return [p < alpha for p in seen if p is not None]
