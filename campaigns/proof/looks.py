"""The looks at a daily band, under any assignment of the customers that were watched:
did it ever leave zero?
"""

# ruff: noqa: S608 - names are ours

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from campaigns.outcomes.analysis_rows import Evidence
from campaigns.proof.cumulative_effect import (
    REACHED,
    Parts,
    days_of,
    limit_of,
    steps_of,
    watch,
    watched_metric,
)
from campaigns.stats.arm_statistics import Array
from campaigns.stats.experiment_spec import Metric, Plan

STEPS = (
    REACHED
    + "SELECT customer, part, once, twice FROM steps JOIN watched USING (customer)"
)
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Looks:
    """What every unit of the table `rows` had reached by each day, as steps."""

    metric: Metric
    plan: Plan
    n_days: int
    seen: Rows  # (n_watched,) places of those that are watched, among all units in ascending order
    first_day: Rows  # (n_watched,)
    who: Rows  # (n_steps,) places among those watched
    day: Rows  # (n_steps,)
    once: Array  # (n_steps,)
    twice: Array

    def leave_zero(self, arms: Rows) -> bool:
        """Say whether the band of any arm left zero at any look, were ``arms``
        (n_units,) what chance had drawn.
        """
        reached = self._parts(arms[self.seen]).summed_up()
        for arm in range(1, len(reached.arms)):
            for day in range(self.n_days):
                band = reached.band(arm, day, self.plan)
                if band is not None and not band.low <= 0 <= band.high:
                    return True
        return False

    def _parts(self, arms: Rows) -> Parts:
        names = tuple(self.plan.split)
        cells, shape = len(names) * self.n_days, (len(names), self.n_days)
        steps = arms[self.who] * self.n_days + self.day
        n = np.bincount(arms * self.n_days + self.first_day, minlength=cells).astype(
            np.float64
        )
        once, twice = (
            np.bincount(steps, each, cells).astype(np.float64)
            for each in (self.once, self.twice)
        )
        return Parts(n.reshape(shape), once.reshape(shape), twice.reshape(shape), names)


def looks_of(
    evidence: Evidence, effect: Mapping[str, Any] | None = None
) -> Looks | None:
    """Read the looks at the band that the report of this effect shows; None where it
    shows none.
    """
    metric = watched_metric(evidence)
    if metric is None:
        return None
    watch(evidence)
    _ends, n_days = days_of(evidence)
    run = evidence.connection.execute
    units = run(
        "SELECT DISTINCT unit FROM rows WHERE arm IS NOT NULL ORDER BY unit"
    ).fetchnumpy()["unit"]
    whom = run(
        "SELECT customer, min(first_day) AS day FROM watched GROUP BY ALL ORDER BY 1"
    ).fetchnumpy()
    sql = steps_of(evidence, metric, STEPS, limit_of(effect or {}, metric))
    steps = run(sql).fetchnumpy()
    day = steps["part"].astype(np.int64)
    within = (day >= 0) & (day < n_days)
    first_day = np.clip(whom["day"].astype(np.int64), 0, n_days - 1)
    who = np.searchsorted(whom["customer"], steps["customer"][within])
    once, twice = (
        np.asarray(steps[name], np.float64)[within] for name in ("once", "twice")
    )
    seen = np.searchsorted(units, whom["customer"])
    return Looks(
        metric, evidence.plan, n_days, seen, first_day, who, day[within], once, twice
    )
