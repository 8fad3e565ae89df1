"""What everything together changed: one sentence, three amounts, one chart; the rest
for those who ask.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from campaigns.admin.reports import effect_charts
from campaigns.models import StoredReport
from campaigns.proof.reports import weekly_letter
from profiles import jobs
from profiles.models import Job
from retention_site.lib.admin.pages import show
from retention_site.lib.clock import now
from retention_site.lib.csv_export import as_csv

from . import effect_parts, effects
from .export import result_rows
from .results import over_time

JOB = "programme"
GROUP = "Weekly summary"


def page(request: HttpRequest) -> HttpResponse:
    """Show the newest stored report, or export it."""
    kept = StoredReport.objects.filter(kind=StoredReport.Kind.PROGRAMME).first()
    if kept is not None and request.GET.get("as") == "csv":
        return as_csv("programme", result_rows(kept.result))
    shown = _shown(kept) if kept else {}
    job = Job.objects.filter(kind=JOB).order_by("-pk").first()
    context = {
        "title": _("Programme"),
        "report": kept,
        "job": job if job and job.is_live else None,
        "is_subscribed": request.user.groups.filter(name=GROUP).exists(),
        **shown,
    }
    return show(request, admin.site, "admin/reports/programme.html", context)


@require_POST
def compute(request: HttpRequest) -> HttpResponse:
    """Start the job that measures; pressed twice within a minute it is one job."""
    person: Any = request.user
    jobs.start(
        JOB,
        {},
        title=gettext_noop("What the programme changed"),
        key=f"{JOB}:{now():%Y-%m-%dT%H:%M}",
        by=person,
    )
    messages.success(
        request, _("It is being worked out; the page shows it when it is done.")
    )
    return redirect("programme")


@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    """Let a person have the weekly letter, or no more."""
    user: Any = request.user
    wants = request.POST.get("wants") == "yes"
    if wants and not user.email:
        words = _(
            "You were not subscribed: you have no e-mail address. Ask for one to be entered under People."
        )
        messages.error(request, words)
        return redirect("programme")
    weekly_letter.subscribe(user, wants=wants)
    return redirect("programme")


def _shown(kept: StoredReport) -> dict[str, Any]:
    result = kept.result
    currency = (result.get("money") or {}).get("currency", "")
    effect = effect_charts.effect_of(result)
    return {
        "result": result,
        "lines": effects.lines(result, currency) if effect else [],
        "arms": list((effect.get("arms") or {}).items()),
        "problems": effects.other_problems(result) if effect else [],
        "figures": []
        if result.get("is_early")
        else effect_parts.figures(result.get("money")),
        "sent": sum((result.get("sent") or {}).values()),
        **over_time(result, currency),
    }
