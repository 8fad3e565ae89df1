"""What a journey changed: the effect as of a campaign, its steps, and each test of a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from campaigns.admin.journey_results.places import (
    CHANGE,
    home_of,
    journey_of,
    places,
)
from campaigns.admin.reports import effects
from campaigns.admin.reports.results import is_early, shown
from campaigns.models import Campaign, EffectReport
from campaigns.proof.journeys.step_counts import step_counts
from profiles import jobs
from profiles.models import Job
from retention_site.lib.admin.pages import person, show
from retention_site.lib.clock import now

JOB = "evaluate_journey"


def page(request: HttpRequest, journey: int) -> HttpResponse:
    """Show the newest report of a journey; a post measures it anew."""
    found = journey_of(journey)
    may_measure = request.user.has_perm(CHANGE)
    if request.method == "POST" and may_measure:
        _measure(request, found)
        return redirect(request.path)
    kept = EffectReport.objects.filter(campaign=found, run=None, label="").first()
    context: dict[str, Any] = {
        "title": _("What %(journey)s changed") % {"journey": found},
        "journey": found,
        "home": home_of(found),
        "places": places(request, found),
        "may_measure": may_measure,
        "is_measuring": Job.objects.live()
        .filter(kind=JOB, params__campaign=found.pk)
        .exists(),
        "steps": step_counts(found),
        "kept": kept,
        "is_early": kept is not None and is_early(kept),
        "shown": shown(kept) if kept else None,
        "experiments": experiments(kept.result) if kept else [],
    }
    return show(
        request, admin.site, "admin/campaigns/journey_results/report.html", context
    )


def experiments(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each test of a step with its arms and what they changed."""
    return [
        {
            "step": step,
            "arms": list((found["arms"] if found else {}).items()),
            "refused": (found or {}).get("refused"),
            "lines": effects.lines(found, settings.SHOP_CURRENCY) if found else [],
        }
        for step, found in report.get("experiments", {}).items()
    ]


def _measure(request: HttpRequest, journey: Campaign) -> None:
    jobs.start(
        JOB,
        {"campaign": journey.pk},
        title=gettext_noop("%(campaign)s: what it changed")
        % {"campaign": journey.name},
        key=f"{JOB}:{journey.pk}:{now():%Y-%m-%dT%H:%M}",
        by=person(request),
    )
