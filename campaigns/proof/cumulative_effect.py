"""How the effect came about: day by day with a band one may watch, and week by week
after assignment.
"""

# ruff: noqa: S608 - names are ours or quoted, values are numbers

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ibis.expr.types as ir
import numpy as np
from django.utils.translation import gettext as _

from campaigns.outcomes.analysis_rows import Evidence
from campaigns.outcomes.customer_outcomes import around
from campaigns.stats.arm_statistics import Array, Sample
from campaigns.stats.comparisons.means import Comparison, Interval, compare_means
from campaigns.stats.comparisons.sequential import confidence_sequence
from campaigns.stats.experiment_spec import Metric, Plan
from campaigns.stats.normal import two_sided_p, two_sided_quantile

DAY, WEEK = 86_400, 604_800
# of more a random part is looked at: the picture is the same
MOST_CUSTOMERS = 2_000_000
MOST_DAYS, MOST_WEEKS = 400, 52
# A band rests on means being about normal. While a handful of customers make up an
# arm's whole sum they are not: an A/A band then leaves zero in 17 to 24 % of 400 draws
# (28 looks, 10 % control, log-normal amounts of σ .5 to 2), from so many on in .5 to
# 3.3 %, where 5 % is promised.
LEAST_CONTRIBUTORS = 20.0
FOUND = ("better", "worse")

# What each customer had reached by each day, as steps: summed over days they give the
# sums of what was reached.
REACHED = """
    WITH each AS ({each}), reached AS (
        SELECT customer, part, least({running}(y) OVER (PARTITION BY customer ORDER BY part), {most}) AS y
        FROM each
    ), steps AS (
        SELECT customer, part, y - coalesce(lag(y) OVER (PARTITION BY customer ORDER BY part), 0) AS once,
            y * y - coalesce(pow(lag(y) OVER (PARTITION BY customer ORDER BY part), 2), 0) AS twice FROM reached
    )
"""
STEPS = (
    REACHED
    + "SELECT arm, part, sum(once), sum(twice) FROM steps JOIN watched USING (customer)"
    " GROUP BY arm, part"
)
APART = """
    WITH each AS ({each})
    SELECT arm, part, sum(y), sum(y * y) FROM each JOIN watched USING (customer) WHERE part < whole_weeks
    GROUP BY arm, part
"""
WATCHED = """
    SELECT customer, arm, assigned_at, CAST(floor((epoch(assigned_at) - {opened!r}) / {DAY}) AS BIGINT) AS first_day,
        CAST(floor(({until!r} - epoch(assigned_at)) / {WEEK}) AS BIGINT) AS whole_weeks
    FROM assignments WHERE arm <> '' AND hash(customer) % {every} = 0
"""


@dataclass(frozen=True)
class Parts:
    """Per arm and day or week: how many customers, and the sums of their outcomes and
    of the squares.
    """

    n: Array  # (n_arms, n_parts)
    once: Array
    twice: Array
    arms: tuple[str, ...]  # control first

    def compare(self, arm: int, part: int, alpha: float) -> Comparison:
        return compare_means(self._sample(0, part), self._sample(arm, part), alpha)

    def band(self, arm: int, part: int, plan: Plan) -> Interval | None:
        """Return the interval that one may watch; None before both arms' sums come of
        enough customers.
        """
        if min(self._contributors(0, part), self._contributors(arm, part)) < (
            LEAST_CONTRIBUTORS
        ):
            return None
        return confidence_sequence(self.compare(arm, part, plan.alpha), plan.tuned_for)

    def _contributors(self, arm: int, part: int) -> float:
        """Return how many equal customers would make up an arm's sum as this one's do:
        (Σy)² / Σy², Kish's effective size.
        """
        twice = self.twice[arm, part]
        return float(self.once[arm, part] ** 2 / twice) if twice > 0 else 0.0

    def summed_up(self) -> "Parts":
        """Each part with all before it."""
        n, once, twice = (
            np.cumsum(table, axis=1) for table in (self.n, self.once, self.twice)
        )
        return Parts(n, once, twice, self.arms)

    def _sample(self, arm: int, part: int) -> Sample:
        return Sample.from_sums(
            int(self.n[arm, part]), [self.once[arm, part]], [[self.twice[arm, part]]]
        )


def over_time(evidence: Evidence, effect: Mapping[str, Any]) -> dict[str, Any]:
    """Return `daily`, `weekly` and `novelty` of the first goal that adds up over days,
    empty where there is none.

    Whether an effect fades is only asked of one that there is: of noise, some weeks
    always look stronger.
    """
    metric = watched_metric(evidence)
    if metric is None:
        return {"daily": [], "weekly": [], "novelty": None}
    watch(evidence)
    weekly = _weekly(evidence, metric)
    is_there = any(
        one["metric"] == metric.name and one["verdict"] in FOUND
        for one in effect["results"]
    )
    novelty = _novelty(weekly, evidence.plan.alpha) if is_there else None
    daily = _daily(evidence, metric, limit_of(effect, metric))
    return {"daily": daily, "weekly": weekly, "novelty": novelty}


def limit_of(effect: Mapping[str, Any], metric: Metric) -> float | None:
    """Return to how much a customer's outcome is pulled in; None where it isn't."""
    limit: float | None = (effect.get("winsorised") or {}).get(metric.column)
    return limit


def watched_metric(evidence: Evidence) -> Metric | None:
    """Return the first goal that adds up over days; None where there is none, or
    nothing to watch yet.
    """
    if evidence.opened_at is None or evidence.opened_at >= evidence.window.until:
        return None
    return next((one for one in evidence.plan.metrics if _adds_up(one, evidence)), None)


def _adds_up(metric: Metric, evidence: Evidence) -> bool:
    plug_in = evidence.question.metrics[metric.name]
    return (
        metric.role == "goal"
        and plug_in.adds_up
        and metric.name not in evidence.unusable
    )


def watch(evidence: Evidence) -> None:
    """Lay out whom the picture over time is of, as the table `watched`."""
    (n,) = evidence.connection.execute("SELECT count(*) FROM assignments").fetchall()[0]
    opened, until = evidence.opened_at, evidence.window.until
    sql = WATCHED.format(
        DAY=DAY,
        WEEK=WEEK,
        opened=int(opened.timestamp()) if opened else 0,
        until=until.timestamp(),
        every=-(-n // MOST_CUSTOMERS) or 1,
    )
    evidence.connection.execute(f"CREATE OR REPLACE TEMP TABLE watched AS {sql}")


def _daily(
    evidence: Evidence, metric: Metric, most: float | None
) -> list[dict[str, Any]]:
    """Compare all who were assigned by each day's end on what they had reached by then,
    at ``most`` as much as the result counts of anybody.
    """
    assert evidence.opened_at is not None  # noqa: S101  the caller asked
    ends, n_days = days_of(evidence)
    parts = _parts(
        evidence,
        steps_of(evidence, metric, STEPS, most),
        "SELECT arm, first_day, count(*) FROM watched GROUP BY ALL",
        n_days,
    )
    reached = parts.summed_up()
    found = []
    for arm, name in list(enumerate(reached.arms))[1:]:
        for day in range(n_days):
            band = reached.band(arm, day, evidence.plan)
            if band is not None:
                seen = reached.compare(arm, day, evidence.plan.alpha)
                at = min(evidence.opened_at + timedelta(days=day + 1), ends)
                point = {
                    "arm": name,
                    "metric": metric.name,
                    "kind": metric.kind,
                    "at": at,
                    "n": seen.n + seen.n_control,
                }
                found.append(
                    point
                    | {
                        "difference": band.value,
                        "low": band.low,
                        "high": band.high,
                    }
                )
    return found


def days_of(evidence: Evidence) -> tuple[datetime, int]:
    """Return when the last look is, and how many there are: one at the end of each day."""
    assert evidence.opened_at is not None  # noqa: S101  the caller asked
    ends = min(filter(None, (evidence.window.until, evidence.closes_at)))
    return ends, min(-(-(ends - evidence.opened_at) // timedelta(days=1)), MOST_DAYS)


def steps_of(
    evidence: Evidence, metric: Metric, sql: str, most: float | None = None
) -> str:
    """Return SQL of what each customer had reached by each day, pulled in to ``most``
    where the plan declares a limit.
    """
    assert evidence.opened_at is not None  # noqa: S101  the caller asked
    opened = int(evidence.opened_at.timestamp())
    each = _each(
        evidence,
        metric,
        lambda near: (near.happened_at.epoch_seconds() - opened) // DAY,
    )
    return sql.format(
        each=each,
        running="max" if metric.kind == "proportion" else "sum",
        most="'infinity'::DOUBLE" if most is None else repr(float(most)),
    )


def _weekly(evidence: Evidence, metric: Metric) -> list[dict[str, Any]]:
    """Compare what was done within each week after assignment, by those who have been
    through it whole.
    """
    n_weeks = max(min(evidence.window.days // 7, MOST_WEEKS), 1)
    each = _each(
        evidence,
        metric,
        lambda near: (
            (near.happened_at.epoch_seconds() - near.assigned_at.epoch_seconds())
            // WEEK
        ),
    )
    through = (
        f"SELECT arm, part, count(*) FROM watched, range({n_weeks}) weeks(part) WHERE"
        " part < whole_weeks GROUP BY ALL"
    )
    parts = _parts(evidence, APART.format(each=each), through, n_weeks)
    found = []
    for arm, name in list(enumerate(parts.arms))[1:]:
        for week in range(n_weeks):
            seen = parts.compare(arm, week, evidence.plan.alpha)
            if seen.low is not None:
                what: dict[str, Any] = {
                    "arm": name,
                    "metric": metric.name,
                    "kind": metric.kind,
                }
                when = {"week": week + 1, "n": seen.n}
                found.append(
                    what
                    | when
                    | {
                        "difference": seen.difference,
                        "low": seen.low,
                        "high": seen.high,
                    }
                )
    return found


def _each(
    evidence: Evidence, metric: Metric, part: Callable[[ir.Table], ir.IntegerValue]
) -> str:
    """SQL of what each customer did in each part of the time after assignment."""
    near = around(
        evidence.tables.events, evidence.tables.table("watched"), evidence.window
    )
    parted = near.filter(~near.is_before)
    parted = parted.mutate(part=part(parted))
    value = (
        evidence.question.metrics[metric.name]
        .outcome(parted)
        .fill_null(0)
        .cast("float64")
    )
    return str(
        evidence.tables.backend.compile(
            parted.group_by(["customer", "part"]).aggregate(y=value)
        )
    )


def _parts(evidence: Evidence, sums: str, counts: str, n_parts: int) -> Parts:
    arms = tuple(evidence.plan.split)
    n, once, twice = (np.zeros((len(arms), n_parts)) for _table in range(3))
    for arm, part, number in evidence.connection.execute(counts).fetchall():
        if arm in arms and 0 <= part < n_parts:
            n[arms.index(arm), part] += number
    for arm, part, total, squares in evidence.connection.execute(sums).fetchall():
        if arm in arms and 0 <= part < n_parts:
            once[arms.index(arm), part] += total
            twice[arms.index(arm), part] += squares
    return Parts(n, once, twice, arms)


def _novelty(weekly: Sequence[dict[str, Any]], alpha: float) -> dict[str, Any] | None:
    """Ask of the first treated arm whether the second half of the weeks shows another
    effect than the first.
    """
    arm = weekly[0]["arm"] if weekly else ""
    weeks = [one for one in weekly if one["arm"] == arm]
    if len(weeks) < 2:
        return None
    half = len(weeks) // 2
    (early, early_variance), (late, late_variance) = (
        _mean_of(weeks[:half], alpha),
        _mean_of(weeks[half:], alpha),
    )
    p = two_sided_p((late - early) / math.sqrt(early_variance + late_variance))
    if p >= alpha:
        words = _("The effect does not tell that it changes over the weeks.")
    elif abs(late) < abs(early):
        words = _("The effect fades: it was larger in the first weeks.")
    else:
        words = _("The effect grows: it was smaller in the first weeks.")
    return {"arm": arm, "early": early, "late": late, "p": p, "sentence": words}


def _mean_of(weeks: Sequence[dict[str, Any]], alpha: float) -> tuple[float, float]:
    """Average weeks by their precision; return the mean and its variance."""
    reach = 2 * two_sided_quantile(alpha)
    weight = np.array([((one["high"] - one["low"]) / reach) ** -2 for one in weeks])
    return float(weight @ [one["difference"] for one in weeks] / weight.sum()), float(
        1 / weight.sum()
    )
