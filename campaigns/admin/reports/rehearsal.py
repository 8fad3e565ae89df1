"""A campaign before it is sent: whom it means, what leaves when, what it costs, how it
reads, what to expect.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from campaigns.admin.reports import effect_words
from campaigns.models import Campaign, StoredReport
from profiles import jobs
from profiles.admin.jobs import with_share
from profiles.models import Job
from retention_site.lib.admin.pages import show
from retention_site.lib.admin.words import duration
from retention_site.lib.clock import now, real_now, shop_zone

JOB = "rehearse"
SURE = 0.1  # of the work: from less nobody can tell how long the rest takes


def page(request: HttpRequest, campaign: int) -> HttpResponse:
    """Show the newest rehearsal of a campaign; a day that is posted starts another."""
    found = get_object_or_404(Campaign.objects.ours(), pk=campaign)
    if request.method == "POST":
        return _start(request, found)
    kept = StoredReport.objects.filter(
        kind=StoredReport.Kind.REHEARSAL, campaign=found
    ).first()
    job = (
        with_share(Job.objects.filter(kind=JOB, params__campaign=found.pk))
        .order_by("-pk")
        .first()
    )
    context = {
        "title": _("Rehearsal of %(campaign)s") % {"campaign": found},
        "campaign": found,
        "kept": kept,
        "report": kept.result if kept else None,
        "as_of": _moment(kept.result["as_of"]) if kept else None,
        "today": now().astimezone(shop_zone()).date(),
        "left": _left(job) if job and job.is_live else "",
        "job": job if job and (job.is_live or job.state == Job.State.FAILED) else None,
        "logged": _logged(kept.result.get("logged")) if kept else None,
    }
    return show(request, admin.site, "admin/reports/rehearsal.html", context)


def _left(job: Any) -> str:
    """Say how long it will take from here, by what it took so far; nothing before that can be told."""
    if job.started_at is None or job.share < SURE:
        return ""
    gone = (real_now() - job.started_at).total_seconds()
    return duration(max(gone * (1 - job.share) / job.share, 1))


def _start(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    try:
        day = datetime.fromisoformat(request.POST.get("day") or "").date()
    except ValueError:
        messages.error(request, _("Choose a day, such as 2024-05-31."))
        return redirect("rehearsal", campaign=campaign.pk)
    as_of = min(datetime.combine(day, time.max, shop_zone()), now())
    params = {"campaign": campaign.pk, "as_of": as_of.isoformat()}
    title = gettext_noop("Rehearsal of %(campaign)s") % {"campaign": campaign}
    jobs.start(JOB, params, title=title, by=request.user)  # type: ignore[arg-type]
    return redirect("rehearsal", campaign=campaign.pk)


def _logged(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """Write the off-policy estimates out."""
    if not found or found["refused"]:
        return found
    like = {"metric": found["metric"], "kind": effect_words.kind_of(found["metric"])}
    names = {
        "dr": _("doubly robust"),
        "snips": _("self-normalised"),
        "ips": _("weighted"),
    }
    lines = [
        (
            name,
            *(
                effect_words.figure(found[key][end], like, settings.SHOP_CURRENCY)
                for end in ("value", "low", "high")
            ),
        )
        for key, name in names.items()
        if found[key]
    ]
    return {**found, "title": effect_words.metric_title(like), "lines": lines}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
