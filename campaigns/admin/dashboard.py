"""The first page: what is happening, what was found, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import Campaign, CampaignVersion, CouponPool, EffectReport, Run
from profiles.admin.jobs import with_share
from profiles.models import Customer, HistoryState, Item, Job, Portrait, QuarantinedRow, Segment
from recommender.models import ModelVersion
from retention_site.lib.admin.counting import quick_count

from .results import shown
from .standing import newest_messages, standing


@dataclass(frozen=True)
class Step:
    """The next thing to do, and where."""

    icon: str
    title: str
    words: str
    href: str = ""
    action: str = ""


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the dashboard (Unfold's DASHBOARD_CALLBACK)."""
    counted = _counts()
    newest = _newest_effect()
    return context | {
        "title": _("Home"),
        "counts": counted,
        "standing": standing(newest_messages()),
        "jobs": with_share(Job.objects.all()).order_by("-id")[:5],
        "runs": Run.objects.select_related("campaign").order_by("-id")[:5],
        "newest": shown(newest) if newest else None,
        "history": HistoryState.objects.first(),
        "next": next_step(counted),
        "coupons": _coupons(),
    }


def _newest_effect() -> EffectReport | None:
    """The newest report of a run; a simulated one only where there is no other."""
    reports = EffectReport.objects.exclude(run=None).select_related("campaign", "run").order_by("-computed_at", "-id")
    return reports.exclude(label__icontains="simulated").first() or reports.first()


def _counts() -> dict[str, int]:
    return {
        "customers": quick_count(Customer.objects.known()),
        "simulated": int(Customer.objects.filter(contacts_are_simulated=True).exists()),
        "portraits": quick_count(Portrait.objects.all()),
        "items": quick_count(Item.objects.all()),
        "segments": Segment.objects.count(),
        "campaigns": Campaign.objects.ours().count(),
        "imported": Campaign.objects.imported().count(),
        "in_review": CampaignVersion.objects.filter(state=CampaignVersion.State.IN_REVIEW).count(),
        "runs": Run.objects.count(),
        "moving": Run.objects.filter(
            Q(state=Run.State.PLANNING) | Q(state=Run.State.SENDING, n_audience__isnull=False)
        ).count(),
        "models": ModelVersion.objects.filter(is_promoted=True).count(),
        "effects": EffectReport.objects.count(),
        "live_jobs": Job.objects.live().count(),
        "quarantined": QuarantinedRow.objects.filter(resolved_at=None).count(),
    }


def _coupons() -> list[dict[str, Any]]:
    """Issued and redeemed money by currency."""
    sums = CouponPool.objects.order_by().values("currency")
    summed = sums.annotate(n=Sum("n_issued"), committed=Sum("committed"), budget=Sum("budget"), spent=Sum("spent"))
    return [dict(row) for row in summed] or [
        {"currency": settings.SHOP_CURRENCY, "n": 0, "committed": 0, "budget": 0, "spent": 0}
    ]


def next_step(n: dict[str, int]) -> Step:
    """Say what the marketer's path asks for now."""
    campaigns = reverse("admin:campaigns_campaign_changelist")
    if not n["customers"]:
        words = _(
            "manage.py import_data takes customers, items and events from CSV or Parquet; `make demo` brings a shop."
        )
        return Step("upload_file", _("Bring your shop in"), words)
    if n["live_jobs"] and not n["runs"]:
        words = _("Portraits, vectors and models are being made. You can watch, or look around meanwhile.")
        return Step("hourglass_top", _("Work is going on"), words, reverse("admin:profiles_job_changelist"), _("Watch"))
    if not n["portraits"]:
        words = _("manage.py learn draws portraits, finds groups, and trains recommenders and scores.")
        return Step("school", _("Let it learn"), words)
    if not n["segments"]:
        words = _("manage.py segment takes a rule such as “no purchase in 60 days, at least 3 before”.")
        return Step("filter_alt", _("Say whom you mean"), words)
    if not n["campaigns"]:
        return Step("campaign", _("Plan a campaign"), _("manage.py campaign apply takes it from a YAML file."))
    if n["in_review"]:
        words = _("Someone other than its author must approve what will be sent.")
        return Step("approval", _("A campaign waits for approval"), words, campaigns, _("Review"))
    if n["moving"]:
        return Step("send", _("A campaign is on its way"), _("Watch it arrive."), campaigns, _("Watch"))
    if n["effects"]:
        results = reverse("admin:campaigns_effectreport_changelist")
        return Step(
            "monitoring", _("See what it changed"), _("Each run against its control group."), results, _("Results")
        )
    return Step(
        "rocket_launch", _("Run a campaign"), _("manage.py campaign run NAME starts it."), campaigns, _("Campaigns")
    )
