"""What is wrong with an experiment: some things forbid a verdict, the others must at
least be said.
"""

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

from campaigns.outcomes.units import Units
from campaigns.proof.analysis import Result
from campaigns.proof.sufficient_statistics import Samples
from campaigns.stats.arm_statistics import Sample
from campaigns.stats.comparisons.means import FEWEST_UNITS, compare_means
from campaigns.stats.experiment_spec import Metric, Plan
from campaigns.stats.srm import ALARM, SampleRatio, same_share

Arms = Mapping[str, int]  # arm -> units, control and planned but empty arms included


def refusals(
    units: Units, samples: Samples, arms: Arms, ratio: SampleRatio
) -> dict[Metric, str]:
    """Say which metrics get no verdict, and why."""
    # arms of the wrong size were not drawn as planned: whatever made them so may have
    # made the difference, too
    if ratio.is_mismatch:
        odd = _(
            "the sizes of the arms do not fit the planned split (p = {p:.1g})"
        ).format(p=ratio.p)
        return dict.fromkeys(units.metrics, odd)
    if units.is_torn:
        return dict.fromkeys(
            units.metrics, _("more than one unit in a hundred stands in several arms")
        )
    uneven = _("outcomes are missing more often in one arm than in another")
    return {
        metric: uneven for metric in units.metrics if _is_uneven(metric, samples, arms)
    }


def doubts(
    plan: Plan,
    units: Units,
    samples: Samples,
    arms: Arms,
    results: Sequence[Result],
    refused: Mapping[Metric, str],
) -> list[str]:
    """Name every problem of the arms, the outcomes and the covariates in one sentence
    each.
    """
    said = [
        *_about_arms(plan, arms),
        *sorted({sentence_case(reason) for reason in refused.values()}),
        *_about_results(results, arms),
        *_about_covariates(plan, units, samples, arms),
    ]
    return list(dict.fromkeys(said))


def sentence_case(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _is_uneven(metric: Metric, samples: Samples, arms: Arms) -> bool:
    lost = [
        n - samples[metric, arm].n if (metric, arm) in samples else 0
        for arm, n in arms.items()
    ]
    p = same_share(lost, list(arms.values()))
    return p is not None and p < ALARM


def _about_arms(plan: Plan, arms: Arms) -> Iterator[str]:
    there = ", ".join(arm for arm, n in arms.items() if n) or _("none")
    for arm, n in arms.items():
        if not n:
            yield _("Arm '{arm}' is empty; there are units in: {there}.").format(
                arm=arm, there=there
            )
        elif plan.split and not plan.split.get(arm):
            yield _(
                "Arm '{arm}' has {n} units and no share in the planned split."
            ).format(arm=arm, n=n)
    for one, other in _look_alike(arms):
        yield _(
            "Arms '{one}' and '{other}' look like one arm written in two ways: was it"
            " renamed midway?"
        ).format(one=one, other=other)
    if len(arms) < 2:
        yield _("There is no arm to compare with '{control}'.").format(
            control=plan.control
        )


def _look_alike(arms: Arms) -> Iterator[tuple[str, str]]:
    def bare(arm: str) -> str:
        return "".join(letter for letter in arm.casefold() if letter.isalnum())

    named = [arm for arm in arms if bare(arm)]
    for place, arm in enumerate(named):
        yield from (
            (arm, other) for other in named[place + 1 :] if bare(arm) == bare(other)
        )


def _about_results(results: Sequence[Result], arms: Arms) -> Iterator[str]:
    for result in results:
        seen = result.comparison
        if not (arms[result.arm] and arms[result.control]) or _is_quiet(result):
            continue
        subject = f"{result.metric.name}, {result.arm} / {result.control}"
        if seen.why_not:
            yield f"{subject}: {seen.why_not}."
        elif min(seen.n, seen.n_control) < FEWEST_UNITS:
            few = _("{subject}: fewer than {n} units in an arm, too few for a verdict.")
            yield few.format(subject=subject, n=FEWEST_UNITS)
        elif result.is_control_near_zero:
            yield _(
                "{subject}: control is too near 0 for a relative difference to mean"
                " much."
            ).format(subject=subject)


def _is_quiet(result: Result) -> bool:
    """That nobody complained in either arm is what a guardrail hopes for."""
    return result.guardrail is not None and result.guardrail.harm is not None


def _about_covariates(
    plan: Plan, units: Units, samples: Samples, arms: Arms
) -> Iterator[str]:
    """A covariate that never varies explains nothing; one that differs between arms was
    hardly known beforehand.
    """
    metric = units.metrics[0]
    there = {arm: samples[metric, arm] for arm in arms if (metric, arm) in samples}
    for place, covariate in enumerate(plan.covariates, start=len(metric.columns)):
        known = {arm: sample.only(place) for arm, sample in there.items()}
        if known and sum(known.values(), Sample.empty(1)).constants[0]:
            yield _(
                "Covariate '{name}' has one value only: it explains nothing."
            ).format(name=covariate)
        elif apart := [
            arm
            for arm in known
            if arm != plan.control and _differs(known.get(plan.control), known[arm])
        ]:
            yield _(
                "Covariate '{name}' differs between {control} and {arm}: was it"
                " measured before assignment?"
            ).format(name=covariate, control=plan.control, arm=apart[0])


def _differs(control: Sample | None, treated: Sample) -> bool:
    p = compare_means(control, treated).p if control else None
    return p is not None and p < ALARM
