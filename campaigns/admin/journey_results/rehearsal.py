"""A journey rehearsed: who would have entered, how far each came, what would have left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from campaigns.admin.journey_results.places import home_of, journey_of, places
from campaigns.admin.reports.effects import Detectable, detectable
from campaigns.journey_rehearsal.rehearse import DAYS, MOST_DAYS
from campaigns.models import Campaign, StoredReport
from campaigns.proof.power_planning import Foresight
from profiles import jobs
from profiles.admin.jobs import with_share
from profiles.models import Job
from retention_site.lib.admin.pages import person, show
from retention_site.lib.admin.words import day, said
from retention_site.lib.clock import now, shop_zone

JOB = "rehearse_journey"


def page(request: HttpRequest, journey: int) -> HttpResponse:
    """Show the newest rehearsal of a journey; a day that is posted starts another."""
    found = journey_of(journey)
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
        "journey": found,
        "home": home_of(found),
        "places": places(request, found),
        "report": kept.result if kept else None,
        "as_of": datetime.fromisoformat(kept.result["as_of"]) if kept else None,
        "today": now().astimezone(shop_zone()).date(),
        "days": kept.result["days"] if kept else DAYS,
        "most_days": MOST_DAYS,
        "job": job if job and (job.is_live or job.state == Job.State.FAILED) else None,
        "chart": chart(kept.result) if kept else None,
        "smallest": smallest(kept.result) if kept else [],
    }
    return show(
        request, admin.site, "admin/campaigns/journey_results/rehearsal.html", context
    )


def chart(report: Mapping[str, Any]) -> dict[str, Any] | None:
    """What charts.js draws: messages by day, a line a channel."""
    lines = report["messages"]["days"]
    if not lines:
        return None
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for line in lines:
        counted[line["channel"]][line["day"]] = line["messages"]
    days = sorted({line["day"] for line in lines})
    return {
        "labels": [day(datetime.fromisoformat(one).date()) for one in days],
        "series": [
            {"label": said(channel), "values": [by_day.get(one, 0) for one in days]}
            for channel, by_day in sorted(counted.items())
        ],
        "height": 190,
    }


def smallest(report: Mapping[str, Any]) -> list[Detectable]:
    """Write the smallest effects out, as before a launch."""
    return [
        detectable(
            Foresight(
                one["metric"],
                "journey",
                one["n_control"],
                one["n_treated"],
                one["mean"],
                one["smallest"],
                one["smallest_with_past"],
            )
        )
        for one in report["smallest"]
    ]


def _start(request: HttpRequest, journey: Campaign) -> HttpResponse:
    try:
        last = datetime.fromisoformat(request.POST.get("day") or "").date()
        days = int(request.POST.get("days") or DAYS)
        if not 1 <= days <= MOST_DAYS:
            raise ValueError
    except ValueError:
        messages.error(
            request,
            _("Choose a day, such as 2024-05-31, and 1 to %(n)d days before it.")
            % {"n": MOST_DAYS},
        )
        return redirect(request.path)
    as_of = min(datetime.combine(last, time.max, shop_zone()), now())
    params = {"campaign": journey.pk, "as_of": as_of.isoformat(), "days": days}
    title = gettext_noop("Rehearsal of %(campaign)s") % {"campaign": journey}
    jobs.start(JOB, params, title=title, by=person(request))
    return redirect(request.path)
