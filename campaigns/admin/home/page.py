"""The first page, drawn from its viewer's rights: what is closed isn't even read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from campaigns.models import StoredReport
from profiles.admin.jobs import with_share
from profiles.models import Job

from ..reports import effect_parts
from .ideas import ideas
from .rights import Rights
from .running import moving
from .todo import todos

BEGIN = "campaigns.change_campaign"
ANYTHING = (
    "profiles.customer",
    "profiles.segment",
    "profiles.item",
    "profiles.job",
    "profiles.quarantinedrow",
    "campaigns.campaign",
    "campaigns.message",
    "campaigns.effectreport",
    "campaigns.couponpool",
    "recommender.modelversion",
)


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the first page (Unfold's DASHBOARD_CALLBACK)."""
    may = Rights(request.user)
    sees_campaigns = may.see("campaigns.campaign")
    sees_results = may.see("campaigns.effectreport")
    begins = sees_campaigns and may.do(BEGIN)
    return context | {
        "title": _("Home"),
        "todos": todos(may),
        "sees_results": sees_results,
        "money": _money() if sees_results else None,
        "sees_campaigns": sees_campaigns,
        "moving": moving(request) if sees_campaigns else (),
        "jobs": _jobs() if may.see("profiles.job") else (),
        "begins": begins,
        "ideas": ideas(settings.SHOP_CURRENCY) if begins else (),
        "is_bare": not any(may.see(model) for model in ANYTHING),
    }


def _money() -> dict[str, Any]:
    """Return what the programme brought; while its window is not ripe, no amount."""
    kept = StoredReport.objects.filter(kind=StoredReport.Kind.PROGRAMME).first()
    if kept is None:
        return {"words": _("What everything together changed is not worked out yet.")}
    result = kept.result
    figures = effect_parts.figures(result.get("money"))
    if result.get("is_early") or result.get("refused") or not figures:
        return {"words": result["sentence"]}
    currency = result["money"]["currency"]
    return {
        "words": "",
        "days": result["days"],
        "share": result["share"],
        "figures": figures,
        "band": effect_parts.band(result, currency),
    }


def _jobs() -> list[Job]:
    """Return the work that goes on by itself now."""
    return list(with_share(Job.objects.live()).order_by("-pk")[:3])
