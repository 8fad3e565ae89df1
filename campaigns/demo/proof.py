"""What the demo can honestly prove: an A/A check, a simulated lift, and nothing about
campaigns without a control.
"""

from datetime import datetime, timedelta
from typing import Any

from campaigns.models import Campaign, EffectReport, Run
from campaigns.outcomes import redemptions
from campaigns.proof.reports import evaluate, finished_campaigns

from .stage import Stage

# the data's last redemptions come a few days after the hidden weeks
TAIL = timedelta(days=30)


def show(stage: Stage, run: Run, *, until: datetime) -> dict[str, Any]:
    """Measure the run on the real hidden weeks and on a copy with a simulated lift;
    report the finished campaigns.
    """
    answer: dict[str, Any] = {}
    for label, key, words in (
        (evaluate.AA_CHECK, "aa_check", "A/A check on the real weeks after the cut"),
        (evaluate.SIMULATED_LIFT, "simulated_lift", "The same with a simulated lift"),
    ):
        params = {"run": run.pk, "until": until.isoformat(), "label": label}
        result = stage.job("evaluate", params, title=words)
        answer[key] = EffectReport.objects.get(pk=result["report"]).result
        for one in answer[key]["effect"]["results"]:
            truth = (
                f" The lift that was put in: {one['truth']:.4g}."
                if "truth" in one
                else ""
            )
            stage.say(f"  {one['sentence']}{truth}")
    _say_redraws(stage, answer["aa_check"])
    return answer | {"finished": _finished(stage, until + TAIL)}


def _say_redraws(stage: Stage, check: dict[str, Any]) -> None:
    shares = ", ".join(
        f"{name} {share:.1%}"
        for name, share in check["redraws"]["rejected"].items()
        if share is not None
    )
    stage.say(
        f"  {check['redraws']['n']} fresh assignments of the same customers, share that"
        f" rejects: {shares}"
    )
    ever = check["redraws"].get("ever_left")
    if ever is not None:
        stage.say(
            f"  of those, the daily band ever left zero in {ever:.1%}, over"
            f" {check['redraws']['looks']} looks"
        )


def _finished(stage: Stage, until: datetime) -> dict[str, Any]:
    """Report the imported campaigns: what was redeemed, what a usual dashboard would
    claim, and why we don't.
    """
    with stage.step("Report the finished campaigns") as facts:
        imported = Campaign.objects.imported()
        stored = finished_campaigns.evaluate_all(imported, until=until)
        reports = {campaign: report.result for campaign, report in stored.items()}
        claimed = [
            campaign.name
            for campaign, report in reports.items()
            if report["effect"] is not None
        ]
        kinds = {
            kind: {"redeemed": one.n_redeemed, "recipients": one.n, "share": one.share}
            for kind, one in redemptions.by_kind(until).items()
        }
        facts["words"] = (
            f"{len(reports)} campaigns, an effect claimed for {len(claimed)}, counted"
            f" to {until:%Y-%m-%d}"
        )
    for kind, one in kinds.items():
        stage.say(
            f"  {kind}: {one['redeemed']:,} of {one['recipients']:,} recipients"
            f" redeemed ({one['share']:.2%})"
        )
    naive = [
        _naive(campaign, report)
        for campaign, report in reports.items()
        if report.get("naive")
    ]
    biggest = sorted(naive, key=lambda one: -one["recipients"])[:3]
    for one in biggest:
        stage.say(
            f"  {one['campaign']} ({one['recipients']:,} recipients): a usual dashboard"
            f" would claim {one['difference']:+,.0f} a household. {one['sentence']}"
        )
    return {
        "kinds": kinds,
        "campaigns": len(reports),
        "claimed": len(claimed),
        "largest": biggest,
    }


def _naive(campaign: Campaign, report: dict[str, Any]) -> dict[str, Any]:
    return {
        "campaign": campaign.name,
        "recipients": report["audience"]["n"],
        "difference": report["naive"]["difference"],
        "indication": report["indication"],
        "sentence": (
            "No effect is claimed: there was no control group, and the recipients were"
            " chosen as good buyers."
        ),
    }
