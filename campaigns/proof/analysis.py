"""Samples in, results out: every metric in every treated arm against control, with the verdict one may act on."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from campaigns.proof.plans import Metric, Plan
from campaigns.proof.stats.corrections import holm
from campaigns.proof.stats.cuped import Adjusted, compare_adjusted
from campaigns.proof.stats.means import FEWEST_UNITS, Comparison, Interval, compare_means
from campaigns.proof.stats.normal import two_sided_quantile
from campaigns.proof.stats.ratio import linearised
from campaigns.proof.stats.relative import relative_lift
from campaigns.proof.stats.samples import Sample
from campaigns.proof.stats.sequential import always_valid_p, confidence_sequence

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
    sequential: Interval | None = None
    sequential_p: float | None = None
    p_holm: float | None = None
    sequential_p_holm: float | None = None
    n_comparisons: int = 1
    is_control_near_zero: bool = False  # its own interval covers 0: dividing by it means little
    verdict: Verdict = "undecided"

    @property
    def deciding_p(self) -> float | None:
        """The always-valid p-value once the plan asked for it: only that one allows looking every day."""
        return self.p_holm if self.sequential is None else self.sequential_p_holm


def compare(metric: Metric, arm: str, control: Sample, treated: Sample, plan: Plan) -> Result:
    """Compute the numbers of one result; its verdict waits until all results are there."""
    if metric.kind == "ratio":
        try:
            control, treated = linearised(control), linearised(treated)
        except ValueError as error:
            why_not = Comparison(treated.n, control.n, plan.alpha, why_not=str(error))
            return Result(arm, plan.control, metric, why_not)
    comparison = compare_means(control, treated, plan.alpha)
    return Result(
        arm=arm,
        control=plan.control,
        metric=metric,
        comparison=comparison,
        relative=relative_lift(control, treated, plan.alpha),
        adjusted=_adjusted(control, treated, plan),
        is_control_near_zero=_is_near_zero(control, plan.alpha),
        sequential=confidence_sequence(comparison, plan.tuned_for) if plan.is_sequential else None,
        sequential_p=always_valid_p(comparison, plan.tuned_for) if plan.is_sequential else None,
    )


def decide(results: Sequence[Result], refused: Mapping[Metric, str]) -> list[Result]:
    """Give every result its verdict, allowing for all questions asked at once (Holm).

    A metric in `refused` gets none, whatever its numbers say.
    """
    welch = _holm(results, lambda result: result.comparison.p)
    always_valid = _holm(results, lambda result: result.sequential_p)
    n_comparisons = sum(p is not None for p in welch)
    stepped = [
        replace(result, p_holm=p, sequential_p_holm=sequential_p, n_comparisons=n_comparisons)
        for result, p, sequential_p in zip(results, welch, always_valid, strict=True)
    ]
    return [replace(result, verdict="refused" if result.metric in refused else _verdict(result)) for result in stepped]


def _verdict(result: Result) -> Verdict:
    comparison, p = result.comparison, result.deciding_p
    if p is None or comparison.difference is None or min(comparison.n, comparison.n_control) < FEWEST_UNITS:
        return "undecided"
    if p >= comparison.alpha:
        return "undecided"
    return "better" if (comparison.difference > 0) != result.metric.is_less_better else "worse"


def _is_near_zero(control: Sample, alpha: float) -> bool:
    if not control.variance or control.mean is None or not control.is_finite:
        return False
    return abs(control.mean) < two_sided_quantile(alpha) * math.sqrt(control.variance / control.n)


def _adjusted(control: Sample, treated: Sample, plan: Plan) -> Adjusted | None:
    """Adjust for the covariates, unless none of them varies."""
    both = control + treated
    if not plan.covariates or not min(control.n, treated.n) or not both.is_finite or both.constants[1:].all():
        return None
    return compare_adjusted(control, treated, plan.alpha)


def _holm(results: Sequence[Result], p_of: Callable[[Result], float | None]) -> list[float | None]:
    """Raise the p-values that there are; the others stay None."""
    given = [p_of(result) for result in results]
    raised = iter(holm([p for p in given if p is not None]))
    return [None if p is None else float(next(raised)) for p in given]
