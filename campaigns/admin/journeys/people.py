"""Who is in a journey: a list with search by customer, and the diary of one enrolment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from campaigns.admin.journeys.step_words import OUTCOMES, icon_of, title_of, words_of
from campaigns.content.journey_graph import graph_of
from campaigns.content.journey_outline import walk
from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import CONTROL
from campaigns.journeys import exits, failures
from campaigns.models import (
    Campaign,
    CampaignVersion,
    JourneyEnrolment,
    JourneyStep,
    JourneyToken,
    Message,
)
from profiles.admin.rights import PERSONAL
from retention_site.lib.admin.pages import show
from retention_site.lib.admin.words import said

A_PAGE = 50
MOST_DIARY = 500
INSIDE, LEFT, HELD, FAILED = "inside", "left", "held", "failed"
HELD_OUT = Q(arm=CONTROL) | Q(is_held_out=True)


@dataclass(frozen=True)
class Line:
    """One line of a diary: a step passed, a message of it, or where one stands."""

    at: datetime | None
    icon: str
    title: str
    words: str
    outcome: str = ""
    message: Message | None = None
    is_next: bool = False


def people(request: HttpRequest, journey: int) -> HttpResponse:
    """List the enrolments of a journey, the newest first."""
    found = get_object_or_404(Campaign.objects.journeys(), pk=journey)
    view, step = request.GET.get("view", ""), request.GET.get("step", "")[:80]
    asked = request.GET.get("q", "").replace("\0", "").strip()[:200]
    rows = _filtered(found, view, step)
    if asked:
        rows = rows.filter(_named(asked, is_open=request.user.has_perm(PERSONAL)))
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("People in %(journey)s") % {"journey": found},
        "object": found,
        "rows": [_row(one, _versions(found)) for one in page.object_list],
        "page": page,
        "view": view,
        "views": [
            ("", _("All")),
            (INSIDE, _("Inside now")),
            (LEFT, pgettext("journey", "Left")),
            (HELD, _("Held out")),
            (FAILED, _("Failed")),
        ],
        "step": step,
        "step_words": _step_words(found, step),
        "asked": asked,
        "may_change": request.user.has_perm("campaigns.change_campaign"),
        **_trail(found),
    }
    return show(request, admin.site, "admin/campaigns/journeys/people.html", context)


def diary(request: HttpRequest, journey: int, enrolment: int) -> HttpResponse:
    """Show what happened to one customer in a journey, step by step."""
    found = get_object_or_404(
        JourneyEnrolment.objects.select_related("journey", "version", "customer"),
        pk=enrolment,
        journey=journey,
    )
    token = JourneyToken.objects.filter(enrolment=found).first()
    context = {
        "title": _("%(customer)s in %(journey)s")
        % {"customer": found.customer, "journey": found.journey},
        "object": found.journey,
        "enrolment": found,
        "is_held": found.arm == CONTROL or found.is_held_out,
        "reason": said(found.reason or "end"),
        "token": token,
        "lines": _lines(found, token),
        "may_change": request.user.has_perm("campaigns.change_campaign"),
        **_trail(found.journey),
    }
    return show(request, admin.site, "admin/campaigns/journeys/diary.html", context)


@require_POST
def act(request: HttpRequest, journey: int, enrolment: int, verb: str) -> HttpResponse:
    """Take one customer out, or try again what could not go on."""
    found = get_object_or_404(
        JourneyEnrolment.objects.select_related("journey", "customer"),
        pk=enrolment,
        journey=journey,
    )
    if verb == "remove":
        exits.remove(found.journey, found.customer)
        messages.success(request, _("Taken out; waiting messages are cancelled."))
    elif verb == "retry":
        failures.try_again(found)
        messages.success(request, _("It is tried again."))
    else:
        raise Http404
    return redirect("journey-diary", journey=journey, enrolment=enrolment)


def _trail(journey: Campaign) -> dict[str, Any]:
    return {
        "crumbs": [
            (_("Journeys"), reverse("admin:campaigns_journey_changelist")),
            (
                str(journey),
                reverse("admin:campaigns_campaign_change", args=[journey.pk]),
            ),
        ]
    }


def _filtered(journey: Campaign, view: str, step: str) -> QuerySet[JourneyEnrolment]:
    rows = (
        JourneyEnrolment.objects.filter(journey=journey)
        .select_related("customer", "version", "token")
        .order_by("-pk")
    )
    if view == INSIDE:
        rows = rows.filter(ended_at=None)
    elif view == LEFT:
        rows = rows.exclude(ended_at=None)
    elif view == HELD:
        rows = rows.filter(HELD_OUT)
    elif view == FAILED:
        rows = rows.exclude(token__error="").exclude(token=None)
    if step:
        rows = rows.filter(_stands_at(journey, step))
    return rows


def _named(asked: str, *, is_open: bool) -> Q:
    """Find by the customer's id or the object, such as a cart's id; by what is personal
    only where it may be seen.
    """
    found = Q(customer__external_id=asked) | Q(key=asked)
    found |= Q(key__endswith=f":{asked}")  # as cart_id:c1 is kept
    if is_open:
        found |= Q(customer__email__iexact=asked)
        found |= Q(customer__first_name__iexact=asked)
    return found


def _stands_at(journey: Campaign, step: str) -> Q:
    """Those who stand at the step of this name, whatever their version."""
    there = Q(pk__in=())
    for version in journey.versions.all():
        for place in _graph(version):
            if place.key == step:
                there |= Q(token__version=version.pk, token__place=place.number)
    return there


def _graph(version: CampaignVersion) -> tuple[Any, ...]:
    try:
        return graph_of(version.content.get("steps") or ()).places
    except (BadCampaign, KeyError, TypeError):
        return ()


def _versions(journey: Campaign) -> dict[int, dict[int, Any]]:
    """The steps of each version by their number, read once for a page."""
    known: dict[int, dict[int, Any]] | None = getattr(journey, "_steps_known", None)
    if known is None:
        known = {one.pk: _steps(one) for one in journey.versions.all()}
        journey._steps_known = known  # type: ignore[attr-defined]
    return known


def _steps(version: CampaignVersion) -> dict[int, Any]:
    by_key = {step.get("key"): step for _place, step in walk(version.content)}
    return {one.number: by_key.get(one.key) for one in _graph(version)}


def _step_words(journey: Campaign, key: str) -> str:
    for version in journey.versions.order_by("-number"):
        for _place, step in walk(version.content):
            if key and step.get("key") == key:
                return f"{title_of(step)}: {words_of(step)}"
    return ""


def _row(one: JourneyEnrolment, versions: dict[int, dict[int, Any]]) -> dict[str, Any]:
    token = getattr(one, "token", None)
    step = versions.get(token.version_id, {}).get(token.place) if token else None
    return {
        "enrolment": one,
        "is_held": one.arm == CONTROL or one.is_held_out,
        "stands": f"{title_of(step)}: {words_of(step)}" if step else "",
        "error": getattr(token, "error", ""),
        "reason": said(one.reason or "end") if one.ended_at else "",
    }


def _lines(enrolment: JourneyEnrolment, token: JourneyToken | None) -> list[Line]:
    """Return the diary, with each step's message, and the step that comes next."""
    versions = _versions(enrolment.journey)
    said_to = _messages(enrolment)
    passed = JourneyStep.objects.filter(enrolment=enrolment).order_by("visit")
    lines = []
    for one in passed[:MOST_DIARY]:
        step = versions.get(one.version_id, {}).get(one.place)
        lines.append(
            Line(
                one.at,
                icon_of(step),
                title_of(step),
                words_of(step),
                _outcome(one.outcome),
                said_to.get(one.visit),
            )
        )
    if token:
        step = versions.get(token.version_id, {}).get(token.place)
        words = words_of(step)
        lines.append(
            Line(token.wake_at, icon_of(step), title_of(step), words, is_next=True)
        )
    return lines


def _messages(enrolment: JourneyEnrolment) -> dict[int, Message]:
    """The messages of an enrolment by the visit that planned them."""
    start = f"journey:{enrolment.pk}:"
    found = Message.objects.filter(
        customer=enrolment.customer_id, dedupe_key__startswith=start
    )
    return {
        int(visit): one
        for one in found
        if (visit := one.dedupe_key.removeprefix(start)).isdecimal()
    }


def _outcome(outcome: str) -> str:
    if outcome in OUTCOMES:
        return str(OUTCOMES[outcome])
    return "" if outcome == "done" else said(outcome)
