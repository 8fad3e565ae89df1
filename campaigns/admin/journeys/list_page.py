"""The list of journeys: who enters, where it stands, how many are inside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from campaigns.admin.journeys.head import enter_words
from campaigns.admin.journeys.steppers import state_of
from campaigns.models import Campaign, CampaignVersion, JourneyEnrolment
from retention_site.lib.admin.pages import link, show
from retention_site.lib.clock import now

MOST = 200
LATELY = timedelta(days=28)
ARCHIVED = "archived"


@dataclass(frozen=True)
class Row:
    """One journey with today's numbers."""

    journey: Campaign
    address: str
    state: str
    state_words: str
    enters: str
    n_inside: int
    n_entered: int
    n_goal: int


def page(request: HttpRequest) -> HttpResponse:
    """Show the journeys, the newest first."""
    is_archived = request.GET.get("view") == ARCHIVED
    context = {
        "title": _("Journeys"),
        "rows": rows(is_archived=is_archived),
        "is_archived": is_archived,
        "may_add": request.user.has_perm("campaigns.change_campaign"),
    }
    return show(request, admin.site, "admin/campaigns/journeys/list.html", context)


def rows(*, is_archived: bool = False) -> list[Row]:
    """Return the journeys with what is counted of each, in a query of each kind."""
    journeys = list(
        Campaign.objects.journeys()
        .filter(archived_at__isnull=not is_archived)
        .select_related("draft")
        .prefetch_related("versions", "publications")
        .order_by("-pk")[:MOST]
    )
    counts = _counts([one.pk for one in journeys])
    return [_row(one, counts.get(one.pk, {})) for one in journeys]


def _row(journey: Any, counts: dict[str, int]) -> Row:
    state, words = state_of(journey)
    return Row(
        journey,
        link(journey),
        state,
        words,
        enter_words(_content(journey)),
        counts.get("n_inside", 0),
        counts.get("n_entered", 0),
        counts.get("n_goal", 0),
    )


def _content(journey: Any) -> dict[str, Any]:
    """What holds: the approved version, else the draft."""
    approved = [
        one
        for one in journey.versions.all()
        if one.state == CampaignVersion.State.APPROVED
    ]
    if approved:
        return dict(approved[0].content)
    draft = getattr(journey, "draft", None)
    return dict(draft.content) if draft else {}


def _counts(journeys: list[int]) -> dict[int, dict[str, Any]]:
    """Count who is inside, who entered lately, and whom of them the goal let out."""
    recent = Q(entered_at__gte=now() - LATELY)
    found = (
        JourneyEnrolment.objects.filter(journey__in=journeys)
        .values("journey")
        .annotate(
            n_inside=Count("pk", filter=Q(ended_at=None)),
            n_entered=Count("pk", filter=recent),
            n_goal=Count("pk", filter=recent & Q(reason="goal reached")),
        )
    )
    numbers = ("n_inside", "n_entered", "n_goal")
    rows = found.values_list("journey", *numbers)
    return {
        journey: dict(zip(numbers, counts, strict=True)) for journey, *counts in rows
    }
