"""The page of the rule about long silence: its days, whom it holds, and what it changes
against those who are exempt.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.content import shop_rules
from campaigns.content.shop_rules import SUNSET, BadRule
from campaigns.models import Message, StoredReport, SunsetCase
from campaigns.planning.decide import SILENT_LESS, SILENT_NOTHING
from profiles import jobs
from profiles.models import Job
from retention_site.lib.admin.pages import person, show
from retention_site.lib.clock import now

from ..reports import effects
from . import reading
from .effects import WEEK

MAY_CHANGE = "campaigns.change_shoprule"
MAY_MEASURE = "campaigns.change_campaign"
JOB = "sunset"


def page(request: HttpRequest) -> HttpResponse:
    """Show the rule; POST changes it, or starts measuring it."""
    if request.method == "POST":
        return _posted(request)
    kept = StoredReport.objects.filter(kind=StoredReport.Kind.SUNSET).first()
    job = Job.objects.filter(kind=JOB).order_by("-pk").first()
    rule = shop_rules.sunset()
    context = {
        "title": _("Long silence"),
        "rule": rule,
        "exempt": 100 * rule.exempt,
        "cases": SunsetCase.objects.aggregate(
            n=Count("pk"), exempt=Count("pk", filter=Q(is_exempt=True))
        ),
        "week": _last_week(),
        "report": kept,
        "lines": _lines(kept),
        "job": job if job and job.is_live else None,
        "may_change": request.user.has_perm(MAY_CHANGE),
        "may_measure": request.user.has_perm(MAY_MEASURE),
        "row": shop_rules.row(SUNSET),
    }
    return show(request, admin.site, "admin/campaigns/rules/sunset.html", context)


def _last_week() -> dict[str, int]:
    """Count whom the rule held back last week, each person once a stage."""
    held = Message.objects.filter(not_before__gt=now() - WEEK, state=Message.State.HELD)
    found: dict[str, int] = held.aggregate(
        less=Count("customer", filter=Q(reason=SILENT_LESS), distinct=True),
        nothing=Count("customer", filter=Q(reason=SILENT_NOTHING), distinct=True),
    )
    return found


def _lines(kept: StoredReport | None) -> list[Any]:
    if kept is None or not effects.effect_of(kept.result):
        return []
    return list(effects.lines(kept.result, ""))


def _posted(request: HttpRequest) -> HttpResponse:
    is_measuring = request.POST.get("verb") == "measure"
    if not request.user.has_perm(MAY_MEASURE if is_measuring else MAY_CHANGE):
        raise PermissionDenied
    if is_measuring:
        jobs.start(
            JOB,
            {},
            title=_("What holding back the long silent changed"),
            key=f"{JOB}:{now():%Y-%m-%dT%H:%M}",
            by=person(request),
        )
        messages.success(request, _("It is being measured; look again in a moment."))
        return redirect("admin:sunset")
    try:
        reading.change(request, SUNSET, _read(request))
        messages.success(request, _("Saved. It holds from the next launch on."))
    except BadRule as error:
        messages.error(request, str(error))
    return redirect("admin:sunset")


def _read(request: HttpRequest) -> dict[str, Any]:
    days = ("less_days", "nothing_days", "fewest")
    return {
        **{name: int(reading.number(request, name)) for name in days},
        "exempt": reading.percent(request, "exempt"),
        "is_on": bool(request.POST.get("is_on")),
    }
