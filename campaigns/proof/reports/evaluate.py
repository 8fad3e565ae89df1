"""What a run changed, stored as a report: intention to treat, on the assignments that
chance made.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from campaigns.models import EffectReport, Run
from campaigns.outcomes.analysis_rows import Evidence, NoControlGroup, evidence_of
from campaigns.proof import simulate
from campaigns.proof.cumulative_effect import over_time
from campaigns.proof.effects import measure
from campaigns.proof.looks import looks_of
from campaigns.proof.randomisation_test import redraw
from campaigns.proof.reports.attribution import attributed
from campaigns.proof.reports.business_value import money_of
from campaigns.proof.reports.run_counts import facts_of
from retention_site.lib.clock import now, real_now
from retention_site.lib.commands import plain

NO_CONTROL_GROUP = "no control group"
AA_CHECK = "A/A check"
SIMULATED_LIFT = "simulated lift"
N_REDRAWS = 500
LIFT_FACTOR = 3.0  # times the smallest detectable effect


def evaluate(run: Run, *, until: datetime | None = None) -> EffectReport:
    """Measure what a run changed by `until` (business time, now by default) and store
    the report.
    """
    until = until or now()
    try:
        with evidence_of(run, until=until) as evidence:
            effect = effect_of(evidence)
            effect |= over_time(evidence, effect)
            credited = attributed(run, evidence)
            return _store(
                run,
                "",
                evidence,
                {"effect": effect, "refused": None, "attribution": credited},
            )
    except NoControlGroup:
        return _refuse(run, until)


def check(run: Run, *, until: datetime, n_redraws: int = N_REDRAWS) -> EffectReport:
    """Measure on outcomes that can't have reacted to the messages: an A/A check, which
    must find nothing.

    Beside it stands which share of `n_redraws` fresh assignments rejects, metric by
    metric, at one look: it should be near alpha; and in which share the daily band of
    the first goal ever left zero: it should be at most alpha.
    """
    with evidence_of(run, until=until) as evidence:
        effect = effect_of(evidence)
        effect |= over_time(evidence, effect)
        drawn = redraws(evidence, effect, run.version.salt, n_redraws)
        return _store(
            run,
            AA_CHECK,
            evidence,
            {"effect": effect, "refused": None, "redraws": drawn},
        )


def redraws(
    evidence: Evidence, effect: dict[str, Any], salt: str, n: int
) -> dict[str, Any]:
    """Say which share of fresh assignments rejects, and in which the daily band of the
    first goal ever leaves zero.
    """
    looks = looks_of(evidence, effect)
    found = redraw(
        evidence.connection,
        evidence.plan,
        salt=salt,
        n_redraws=n,
        leaves_zero=looks.leave_zero if looks else None,
    )
    drawn = {"n": n, "alpha": evidence.plan.alpha, "rejected": found.rejected}
    if looks:
        drawn |= {
            "ever_left": found.ever_left,
            "watched": looks.metric.name,
            "looks": looks.n_days,
        }
    return drawn


def check_with_lift(
    run: Run, *, until: datetime, factor: float = LIFT_FACTOR
) -> EffectReport:
    """Measure on a copy of the outcomes to which a known lift was added: a simulation,
    which must find it.

    The lift of each metric is `factor` times its smallest detectable effect. Metrics
    that can't take it (a share that would pass 1, a ratio) are left out.
    """
    with evidence_of(run, until=until) as evidence:
        plain = effect_of(evidence)
        plan, lifts = simulate.with_lifts(
            evidence.connection, evidence.plan, plain, factor=factor
        )
        effect = measure(evidence.connection, plan, unusable=evidence.unusable)
        for result in effect["results"]:
            result["truth"] = lifts[result["metric"]]["lift"]
        return _store(
            run,
            SIMULATED_LIFT,
            evidence,
            {"effect": effect, "refused": None, "simulated": lifts},
        )


def effect_of(evidence: Evidence) -> dict[str, Any]:
    """Measure all that was gathered, and say what is still missing."""
    still_open = _("The window is open until {day}: later outcomes are still missing.")
    problems = (
        [still_open.format(day=f"{evidence.closes_at:%Y-%m-%d}")]
        if evidence.is_open
        else []
    )
    problems += evidence.problems
    return measure(
        evidence.connection, evidence.plan, problems, unusable=evidence.unusable
    )


def _refuse(run: Run, until: datetime) -> EffectReport:
    found = {"as_of": until, "label": None, "effect": None, "refused": NO_CONTROL_GROUP}
    return _keep(run, "", None, None, found)


def _store(
    run: Run, label: str, evidence: Evidence, found: dict[str, Any]
) -> EffectReport:
    until = evidence.window.until
    return _keep(
        run,
        label,
        evidence.opened_at,
        evidence.closes_at,
        {"as_of": until, "label": label or None, **found},
    )


def _keep(
    run: Run,
    label: str,
    opened_at: datetime | None,
    closes_at: datetime | None,
    found: dict[str, Any],
) -> EffectReport:
    window, facts = {"window_from": opened_at, "window_to": closes_at}, facts_of(run)
    money = None if label else _money(found["effect"], facts)
    report, _is_new = EffectReport.objects.update_or_create(
        campaign=run.campaign,
        run=run,
        label=label,
        defaults={
            **window,
            "result": plain({**facts, **found, "money": money}),
            "computed_at": real_now(),
        },
    )
    return report


def _money(
    effect: dict[str, Any] | None, facts: dict[str, Any]
) -> dict[str, Any] | None:
    sent = {channel: counts["sent"] for channel, counts in facts["channels"].items()}
    return money_of(effect, coupons=facts["offers"]["cost"], sent=sent)
