"""What the two kinds of campaign page show: one that we run, and a finished one from
elsewhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext as _

from campaigns.admin.editor.differences import between
from campaigns.delivery.limits import brake_words
from campaigns.delivery.message_costs import channel_costs
from campaigns.lifecycle.draft_problems import look
from campaigns.models import (
    Campaign,
    CampaignVersion,
    Draft,
    Message,
    Occasion,
    Resending,
    Run,
)
from campaigns.proof.reports import refresh_reports

from ..reports.results import shown
from . import plan
from .campaign_stage import stage_of, steps_of
from .run_counts_page import standing

SHOWN_RUNS = 12


def ours(campaign: Campaign, chosen: str) -> dict[str, Any]:
    """Everything for the page of a campaign that Rapport runs; ``chosen`` is a run's
    number from the address.
    """
    runs = list(campaign.runs.select_related("version").order_by("-id")[:SHOWN_RUNS])
    run = next(
        (run for run in runs if str(run.pk) == chosen), runs[0] if runs else None
    )
    versions = list(
        campaign.versions.select_related("author", "approver").order_by("-number")
    )
    version = run.version if run else _current(versions)
    counted = standing(Message.objects.filter(run=run)) if run else None
    return {
        "stage": stage_of(campaign, versions),
        "stepper": steps_of(campaign),
        "run": run,
        "brakes": _brakes(campaign),
        "runs": runs,
        "is_moving": bool(run and is_moving(run)),
        "is_measuring": bool(run and refresh_reports.is_measuring(campaign)),
        "newer": _newer(run, versions),
        "standing": counted,
        "is_complete": bool(run and counted and run.n_audience in (None, counted.n)),
        "versions": versions,
        "preview": _to_preview(versions),
        "version": version,
        **_said(campaign, version),
        **_to_approve(versions),
        "tabs": _tabs(),
        "first_tab": "progress" if run else "plan",
        "pools": (
            campaign.coupon_pools.annotate(
                n_redeemed=Count("coupons__redeemed_at")
            ).order_by("id")
        ),
        "effects": _effects(campaign, run) if run else [],
        "costs": channel_costs(run) if run else [],
        "schedule": getattr(campaign, "schedule", None),
        "hooks": campaign.hooks.all(),
        "trigger": getattr(campaign, "trigger", None),
        "occasions": _occasions(campaign),
        "resending": (
            Resending.objects.filter(campaign=campaign, approved_at=None)
            .select_related("asked_by")
            .first()
        ),
    }


def _brakes(campaign: Campaign) -> list[str]:
    """Say why the brake holds a campaign; of one that runs nothing is asked."""
    if campaign.state != Campaign.State.PAUSED:
        return []
    return [brake_words.why(one) for one in campaign.brakes.filter(released_at=None)]


def _tabs() -> list[tuple[str, str]]:
    return [
        ("plan", _("Plan")),
        ("message", _("Message")),
        ("test", _("Test")),
        ("progress", _("Progress")),
        ("result", _("Result")),
        ("history", _("History")),
    ]


def _said(campaign: Campaign, version: CampaignVersion | None) -> dict[str, Any]:
    """Say what a version does; of a campaign without one, what its draft would."""
    content = version.content if version else _drafted(campaign)
    return {
        "plan": plan.plan_lines(content) if content else [],
        "test": plan.test_lines(content) if content else [],
        "templates": plan.templates(content),
    }


def _to_approve(versions: list[CampaignVersion]) -> dict[str, Any]:
    """What a version in review changes of the approved one, in words."""
    state = CampaignVersion.State
    first = {one.state: one for one in reversed(versions)}
    waiting, approved = first.get(state.IN_REVIEW), first.get(state.APPROVED)
    if waiting is None or approved is None:
        return {}
    changed = between(approved.content, waiting.content)
    return {"waiting": waiting, "approved": approved, "changed": changed}


def _drafted(campaign: Campaign) -> dict[str, Any]:
    draft = Draft.objects.filter(campaign=campaign).first()
    return (look(draft.content).content or {}) if draft else {}


def _newer(run: Run | None, versions: list[CampaignVersion]) -> CampaignVersion | None:
    """The version that came after that of a run which still moves."""
    if run is None or not is_moving(run) or versions[0].number == run.version.number:
        return None
    return versions[0]


def is_moving(run: Run) -> bool:
    """Whether a run will end by itself: one that stands open for a trigger does not,
    and has no audience of its own.
    """
    return run.state == Run.State.PLANNING or (
        run.state == Run.State.SENDING and run.n_audience is not None
    )


def _effects(campaign: Campaign, run: Run) -> list[dict[str, Any]]:
    """The run's reports; where the outcomes could not react, the A/A check stands for
    the effect.
    """
    reports = list(campaign.effects.filter(run=run).order_by("label"))
    labelled = [report for report in reports if report.label]
    return [shown(report) for report in labelled or reports]


def _occasions(campaign: Campaign) -> dict[str, Any] | None:
    """What a trigger found and what came of it: every occasion once, so that the rows
    add up.
    """
    rows = list(
        campaign.occasions.order_by()
        .values("state", "reason")
        .annotate(n=Count("id"))
        .order_by("-n")
    )
    if not rows:
        return None
    named = [
        (row["state"], str(Occasion.State(row["state"]).label), row["reason"], row["n"])
        for row in rows
    ]
    return {
        "n": sum(row["n"] for row in rows),
        "rows": named,
        "next": (
            campaign.occasions.waiting()
            .order_by("due_at")
            .values_list("due_at", flat=True)
            .first()
        ),
    }


def _to_preview(versions: list[CampaignVersion]) -> CampaignVersion | None:
    """The version that would run next: the newest that waits for approval or has it."""
    next_ones = (CampaignVersion.State.IN_REVIEW, CampaignVersion.State.APPROVED)
    return next(
        (
            one
            for one in versions
            if one.state in next_ones and one.content.get("segment")
        ),
        None,
    )


def imported(campaign: Campaign, *, names_people: bool) -> dict[str, Any]:
    """Everything for the page of a finished campaign of another system: what is known,
    and what can't be.
    """
    recipients = campaign.recipients.select_related("customer")
    reports = list(campaign.effects.order_by("label"))
    found = reports[0].result if reports else {}
    return {
        "n_recipients": recipients.count(),
        "by_arm": (
            recipients.exclude(arm="")
            .order_by()
            .values("arm")
            .annotate(n=Count("id"))
            .order_by("arm")
        ),
        "sample": recipients.order_by("id")[:15] if names_people else (),
        "reports": [shown(report) for report in reports],
        "redemption": found.get("redemption"),
        "counted_to": _moment(found.get("redeemed_until")),
        "naive": found.get("naive"),
        "indication": found.get("indication"),
        "currency": found.get("currency") or settings.SHOP_CURRENCY,
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _current(versions: list[CampaignVersion]) -> CampaignVersion | None:
    approved = [
        version
        for version in versions
        if version.state == CampaignVersion.State.APPROVED
    ]
    return next(iter(approved or versions), None)
