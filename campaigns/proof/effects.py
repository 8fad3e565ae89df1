"""From a table of rows to the effect: the whole of `manage.py effect`, and the heart of
a campaign's report.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from campaigns.outcomes.units import Units, gather
from campaigns.proof.analysis import Result, compare, decide
from campaigns.proof.reports.sentences import sentence
from campaigns.proof.subgroups import look_within
from campaigns.proof.sufficient_statistics import Samples, summarise
from campaigns.proof.validity_checks import doubts, refusals
from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.bayes import Belief, believe
from campaigns.stats.comparisons.guardrails import Guardrail
from campaigns.stats.comparisons.means import Comparison
from campaigns.stats.experiment_spec import Metric, Plan
from campaigns.stats.srm import sample_ratio


def measure(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    problems: Sequence[str] = (),
    *,
    unusable: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Compare the arms of the table `rows` (arm, unit, v0 …) and return the effect as
    docs/contract/commands.md names it.

    `problems` are those already known of the rows, `unusable` says by metric why none
    of its numbers is given. What can't be known is None and has its problem.
    """
    units = gather(connection, plan).without(unusable or {})
    plan = plan.named_like(units.arms)
    samples = summarise(connection, plan, units)
    arms = {arm: units.arms.get(arm, 0) for arm in plan.arms_in_order(units.arms)}
    shares = plan.shares(arms)
    ratio = sample_ratio(list(arms.values()), list(shares.values()))
    refused = refusals(units, samples, arms, ratio)
    results = decide(_results(plan, units, samples, arms), refused)
    return {
        "unit": plan.unit,
        "alpha": plan.alpha,
        "arms": arms,
        "split": shares,
        "srm_p": ratio.p,
        "refused": "srm" if ratio.is_mismatch else None,
        "problems": [
            *problems,
            *units.problems,
            *doubts(plan, units, samples, arms, results, refused),
        ],
        "results": [
            _as_json(result, refused.get(result.metric, "")) for result in results
        ],
        **({"winsorised": units.limits} if plan.winsorise else {}),
        **(look_within(connection, plan, units) if plan.strata else {}),
    }


def _results(
    plan: Plan, units: Units, samples: Samples, arms: Iterable[str]
) -> list[Result]:
    return [
        _result(metric, arm, samples, plan, units.unusable.get(metric, ""))
        for metric in units.metrics
        for arm in arms
        if arm != plan.control
    ]


def _result(
    metric: Metric, arm: str, samples: Samples, plan: Plan, why_not: str
) -> Result:
    nobody = Sample.empty(len(metric.columns) + len(plan.covariates))
    control, treated = (
        samples.get((metric, plan.control), nobody),
        samples.get((metric, arm), nobody),
    )
    if why_not:
        return Result(
            arm,
            plan.control,
            metric,
            Comparison(treated.n, control.n, plan.alpha, why_not=why_not),
        )
    return compare(metric, arm, control, treated, plan)


def _as_json(result: Result, refusal: str) -> dict[str, Any]:
    seen, adjusted, belief = (
        result.comparison,
        result.adjusted,
        believe(result.comparison),
    )
    lin = result.interacted.comparison if result.interacted else None
    return {
        "arm": result.arm,
        "control": result.control,
        "metric": result.metric.name,
        "kind": result.metric.kind,
        **seen.numbers(),
        "role": result.metric.role,
        "p_holm": result.p_holm,
        "p_bh": result.p_bh,
        "relative": result.relative.value if result.relative else None,
        "relative_low": result.relative.low if result.relative else None,
        "relative_high": result.relative.high if result.relative else None,
        "cuped_difference": adjusted.comparison.difference if adjusted else None,
        "cuped_low": adjusted.comparison.low if adjusted else None,
        "cuped_high": adjusted.comparison.high if adjusted else None,
        "cuped_p": adjusted.comparison.p if adjusted else None,
        "variance_reduction": adjusted.variance_reduction if adjusted else None,
        "adjusted_difference": lin.difference if lin else None,
        "adjusted_low": lin.low if lin else None,
        "adjusted_high": lin.high if lin else None,
        "sequential_low": result.sequential.low if result.sequential else None,
        "sequential_high": result.sequential.high if result.sequential else None,
        "sequential_p": result.sequential_p,
        "chance_to_beat": _chance(belief, result.metric) if belief else None,
        "expected_loss": _loss(belief, result.metric) if belief else None,
        "guardrail": _guardrail(result.guardrail) if result.guardrail else None,
        "verdict": result.verdict,
        "sentence": sentence(result, refusal),
    }


def _chance(belief: Belief, metric: Metric) -> float:
    return 1 - belief.chance_to_beat if metric.is_less_better else belief.chance_to_beat


def _loss(belief: Belief, metric: Metric) -> float:
    """What treating costs per unit on average over what may be true: 0 would be a sure
    gain.
    """
    return belief.risk_of_leaving if metric.is_less_better else belief.risk_of_treating


def _guardrail(judged: Guardrail) -> dict[str, Any]:
    harm = judged.harm
    return {
        "margin": judged.margin,
        "harm": harm.value if harm else None,
        "low": harm.low if harm else None,
        "high": harm.high if harm else None,
        "state": judged.state,
    }
