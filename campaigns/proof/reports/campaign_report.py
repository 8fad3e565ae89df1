"""The report of `manage.py campaign report`: of a run of ours, or of a finished
campaign that was imported.
"""

from datetime import datetime
from typing import Any

from campaigns.models import Campaign, EffectReport, Run
from campaigns.proof.reports import finished_campaigns
from campaigns.proof.reports.evaluate import AA_CHECK, evaluate
from campaigns.proof.reports.run_counts import facts_of


def campaign_report(
    campaign: Campaign, run: Run | None = None, *, until: datetime | None = None
) -> dict[str, Any]:
    """Return the report of a run (the newest by default): counts as they are now, the
    effect as of `until` (now).

    A run whose outcomes could not react to its messages has an A/A check, which then
    stands for the effect.
    """
    if campaign.origin == Campaign.Origin.IMPORTED:
        return finished_campaigns.evaluate(campaign, until=until).result
    run = run or campaign.runs.order_by("-created_at", "-pk").first()
    if run is None:
        return never_ran(campaign)
    checked = EffectReport.objects.filter(run=run, label=AA_CHECK).first()
    stored = checked or evaluate(run, until=until)
    return {**stored.result, **facts_of(run)}


def never_ran(campaign: Campaign) -> dict[str, Any]:
    """Return the report of a campaign without any run: everything is 0, and nothing is
    known.
    """
    version = campaign.versions.order_by("-number").first()
    return {
        "campaign": campaign.name,
        "run": None,
        "version_hash": version.hash if version else None,
        "as_of": None,
        "label": None,
        "audience": {"n": 0, "hash": None},
        "decisions": {"send": 0, "hold": {}},
        "states": {},
        "channels": {},
        "offers": None,
        "effect": None,
        "refused": None,
    }
