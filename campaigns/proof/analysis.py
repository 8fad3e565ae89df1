"""Samples in, results out: every metric in every treated arm against control, with the
verdict one may act on.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from campaigns.stats.arm_statistics import Array, Sample
from campaigns.stats.comparisons.corrections import benjamini_hochberg, holm
from campaigns.stats.comparisons.cuped import (
    Adjusted,
    compare_adjusted,
    compare_interacted,
)
from campaigns.stats.comparisons.guardrails import Guardrail, judge
from campaigns.stats.comparisons.means import (
    FEWEST_UNITS,
    Comparison,
    Interval,
    compare_means,
)
from campaigns.stats.comparisons.ratio import linearised
from campaigns.stats.comparisons.relative import relative_lift
from campaigns.stats.comparisons.sequential import always_valid_p, confidence_sequence
from campaigns.stats.experiment_spec import Metric, Plan, Role
from campaigns.stats.normal import two_sided_quantile

Verdict = Literal["better", "worse", "undecided", "refused"]


@dataclass(frozen=True)
class Result:
    """One metric of one treated arm against control. What can't be known is None."""

    arm: str
    control: str
    metric: Metric
    comparison: Comparison
    relative: Interval | None = None
    adjusted: Adjusted | None = None
    interacted: Adjusted | None = None  # one slope per arm
    guardrail: Guardrail | None = None
    sequential: Interval | None = None
    sequential_p: float | None = None
    p_holm: float | None = None
    p_bh: float | None = None  # of what is looked at beside the goal
    sequential_p_holm: float | None = None
    sequential_p_bh: float | None = None
    n_comparisons: int = 1
    # its own interval covers 0: dividing by it means little
    is_control_near_zero: bool = False
    verdict: Verdict = "undecided"

    @property
    def deciding_p(self) -> float | None:
        """The always-valid p-value once the plan asked for it: only that one allows
        looking every day.

        Goals are corrected by Holm, what stands beside them by Benjamini and Hochberg,
        guardrails not at all: to miss a harm is the error to fear.
        """
        daily = self.sequential is not None
        if self.metric.role == "guardrail":
            return self.sequential_p if daily else self.comparison.p
        if self.metric.role == "also":
            return self.sequential_p_bh if daily else self.p_bh
        return self.sequential_p_holm if daily else self.p_holm


def compare(
    metric: Metric, arm: str, control: Sample, treated: Sample, plan: Plan
) -> Result:
    """Compute the numbers of one result; its verdict waits until all results are there."""
    if metric.kind == "ratio":
        try:
            control, treated = linearised(control), linearised(treated)
        except ValueError as error:
            why_not = Comparison(treated.n, control.n, plan.alpha, why_not=str(error))
            return Result(arm, plan.control, metric, why_not)
    comparison = compare_means(control, treated, plan.alpha)
    sequential = (
        confidence_sequence(comparison, plan.tuned_for) if plan.is_sequential else None
    )
    can_adjust = _can_adjust(control, treated, plan)
    return Result(
        arm=arm,
        control=plan.control,
        metric=metric,
        comparison=comparison,
        relative=relative_lift(control, treated, plan.alpha),
        adjusted=compare_adjusted(control, treated, plan.alpha) if can_adjust else None,
        interacted=(
            compare_interacted(control, treated, plan.alpha) if can_adjust else None
        ),
        guardrail=_guardrail(metric, comparison, sequential),
        is_control_near_zero=_is_near_zero(control, plan.alpha),
        sequential=sequential,
        sequential_p=(
            always_valid_p(comparison, plan.tuned_for) if plan.is_sequential else None
        ),
    )


def decide(results: Sequence[Result], refused: Mapping[Metric, str]) -> list[Result]:
    """Give every result its verdict, allowing for all questions asked at once: Holm for
    goals, BH for the others.

    A metric in `refused` gets none, whatever its numbers say.
    """
    goals, others = [_of(results, "goal"), _of(results, "also")]
    holms = (
        _stepped(goals, holm, lambda one: one.comparison.p),
        _stepped(goals, holm, lambda one: one.sequential_p),
    )
    bh = benjamini_hochberg
    bhs = (
        _stepped(others, bh, lambda one: one.comparison.p),
        _stepped(others, bh, lambda one: one.sequential_p),
    )
    n_goals = sum(result.comparison.p is not None for result in goals)
    stepped = [
        replace(
            result,
            p_holm=holms[0].get(id(result)),
            sequential_p_holm=holms[1].get(id(result)),
            p_bh=bhs[0].get(id(result)),
            sequential_p_bh=bhs[1].get(id(result)),
            n_comparisons=n_goals if result.metric.role == "goal" else len(others) or 1,
        )
        for result in results
    ]
    return [
        replace(
            result, verdict="refused" if result.metric in refused else _verdict(result)
        )
        for result in stepped
    ]


def _of(results: Sequence[Result], role: Role) -> list[Result]:
    return [result for result in results if result.metric.role == role]


def _stepped(
    results: Sequence[Result],
    correct: Callable[[list[float]], Array],
    p_of: Callable[[Result], float | None],
) -> dict[int, float]:
    """Correct the p-values that there are, by the identity of their result."""
    given = {id(result): p for result in results if (p := p_of(result)) is not None}
    return dict(zip(given, correct(list(given.values())).tolist(), strict=True))


def _verdict(result: Result) -> Verdict:
    comparison, p = result.comparison, result.deciding_p
    if (
        p is None
        or comparison.difference is None
        or min(comparison.n, comparison.n_control) < FEWEST_UNITS
    ):
        return "undecided"
    if p >= comparison.alpha:
        return "undecided"
    return (
        "better"
        if (comparison.difference > 0) != result.metric.is_less_better
        else "worse"
    )


def _is_near_zero(control: Sample, alpha: float) -> bool:
    if not control.variance or control.mean is None or not control.is_finite:
        return False
    return abs(control.mean) < two_sided_quantile(alpha) * math.sqrt(
        control.variance / control.n
    )


def _can_adjust(control: Sample, treated: Sample, plan: Plan) -> bool:
    """Adjust for the covariates, unless none of them varies."""
    both = control + treated
    return bool(
        plan.covariates
        and min(control.n, treated.n)
        and both.is_finite
        and not both.constants[1:].all()
    )


def _guardrail(
    metric: Metric, comparison: Comparison, sequential: Interval | None
) -> Guardrail | None:
    if metric.role != "guardrail":
        return None
    plain = None
    if (
        comparison.low is not None
        and comparison.high is not None
        and comparison.difference is not None
    ):
        plain = Interval(comparison.difference, comparison.low, comparison.high)
    is_share = metric.kind == "proportion"
    return judge(
        comparison,
        sequential or plain,
        margin=metric.margin,
        is_less_better=metric.is_less_better,
        is_share=is_share,
    )
