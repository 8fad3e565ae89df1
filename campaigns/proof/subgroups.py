"""Is it the same for everybody? The first goal within groups that were known before
assignment, corrected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from django.utils.translation import gettext as _

from campaigns.outcomes.units import Units
from campaigns.proof.sufficient_statistics import summarise_within
from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.corrections import benjamini_hochberg
from campaigns.stats.comparisons.heterogeneity import same_everywhere
from campaigns.stats.comparisons.means import FEWEST_UNITS, Comparison, compare_means
from campaigns.stats.comparisons.ratio import linearised
from campaigns.stats.experiment_spec import Metric, Plan

MOST_GROUPS = 12  # of one stratum; more are an id, not a group


@dataclass(frozen=True)
class Within:
    """The effect in one group of one stratum."""

    by: str
    value: str
    arm: str
    comparison: Comparison


def look_within(
    connection: duckdb.DuckDBPyConnection, plan: Plan, units: Units
) -> dict[str, Any]:
    """Return `segments` (each group's effect) and `heterogeneity` (whether they
    differ), JSON-ready.

    p-values of groups are corrected together (Benjamini and Hochberg): one of twenty
    groups always looks special.
    """
    goal = next(
        (
            metric
            for metric in units.metrics
            if metric.role == "goal" and metric not in units.unusable
        ),
        None,
    )
    if goal is None:
        return {"segments": [], "heterogeneity": []}
    within = [
        one
        for place, by in enumerate(plan.strata)
        for one in _groups(
            by, summarise_within(connection, plan, units, place, [goal]), goal, plan
        )
    ]
    known = [one for one in within if one.comparison.p is not None]
    corrected = dict(
        zip(
            known,
            benjamini_hochberg([one.comparison.p or 1.0 for one in known]).tolist(),
            strict=True,
        )
    )
    return {
        "segments": [_group_as_json(one, goal, corrected.get(one)) for one in within],
        "heterogeneity": [
            found
            for by in plan.strata
            for arm in _arms(within)
            if (found := _tested(by, arm, within, plan)) is not None
        ],
    }


def _groups(
    by: str,
    found: Mapping[str, Mapping[tuple[Metric, str], Sample]],
    goal: Metric,
    plan: Plan,
) -> list[Within]:
    if not 2 <= len(found) <= MOST_GROUPS:
        return []
    nobody = Sample.empty(len(goal.columns) + len(plan.covariates))
    return [
        Within(
            by,
            value,
            arm,
            _compared(
                goal,
                samples.get((goal, plan.control), nobody),
                samples[goal, arm],
                plan.alpha,
            ),
        )
        for value, samples in sorted(found.items())
        for _metric, arm in samples
        if arm != plan.control
    ]


def _compared(
    goal: Metric, control: Sample, treated: Sample, alpha: float
) -> Comparison:
    if goal.kind == "ratio":
        try:
            control, treated = linearised(control), linearised(treated)
        except ValueError as error:
            return Comparison(treated.n, control.n, alpha, why_not=str(error))
    seen = compare_means(control, treated, alpha)
    few = min(seen.n, seen.n_control) < FEWEST_UNITS
    return seen.undecided(_("too few")) if few else seen


def _arms(within: Sequence[Within]) -> list[str]:
    return list(dict.fromkeys(one.arm for one in within))


def _group_as_json(
    one: Within, goal: Metric, p_corrected: float | None
) -> dict[str, Any]:
    seen = one.comparison
    sure = (
        p_corrected is not None
        and p_corrected < seen.alpha
        and seen.difference is not None
    )
    better = sure and ((seen.difference or 0) > 0) != goal.is_less_better
    return {
        "by": one.by,
        "value": one.value,
        "arm": one.arm,
        "metric": goal.name,
        "kind": goal.kind,
        **seen.numbers(),
        "p_bh": p_corrected,
        "verdict": "better" if better else "worse" if sure else "undecided",
    }


def _tested(
    by: str, arm: str, within: Sequence[Within], plan: Plan
) -> dict[str, Any] | None:
    tested = same_everywhere(
        [one.comparison for one in within if (one.by, one.arm) == (by, arm)]
    )
    if tested is None:
        return None
    p = min(1.0, tested.p * len(plan.strata))  # Bonferroni over what was looked at
    words = (
        _("The effect differs by {by}.")
        if p < plan.alpha
        else _("No difference of the effect by {by} can be told.")
    )
    return {
        "by": by,
        "arm": arm,
        "q": tested.q,
        "p": tested.p,
        "p_corrected": p,
        "sentence": words.format(by=by),
    }
