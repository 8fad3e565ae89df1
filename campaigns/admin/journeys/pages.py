"""The journey editor's pages: a new journey, the tree with its panel, and YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.admin.editor import differences, drawn
from campaigns.admin.journeys import panels, tree
from campaigns.admin.journeys.differences import since_approved, steps
from campaigns.admin.journeys.head import heads
from campaigns.admin.journeys.problems import Found, find
from campaigns.admin.journeys.rule_rows import rule_rows
from campaigns.admin.journeys.step_words import ABOUT, ICONS, TITLES
from campaigns.admin.journeys.steppers import steps_of
from campaigns.content.journey_outline import KINDS, walk
from campaigns.lifecycle import recipes
from campaigns.lifecycle.documents import as_yaml
from campaigns.lifecycle.drafts import draft_of, start_draft
from campaigns.models import Campaign, Draft
from retention_site.lib.admin.pages import link, person, show

CHANGE = "campaigns.change_campaign"
BLANK = "blank"
NEW = {
    "trigger": {"kind": "event", "events": ["cart"]},
    "leave": {"goal": ["purchase"]},
    "steps": [],
}
# in the order in which somebody who draws thinks of them
MENU = ("message", "wait", "wait_until", "split", "test", "set", "go_to", "end")


def add(request: HttpRequest) -> HttpResponse:
    """Ask for a name and where to begin; the journey is made when that is chosen."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    name = request.POST.get("name", "").replace("\0", "").strip()[:200]
    chosen = request.POST.get("begin", "")
    if request.method == "POST" and chosen in (BLANK, *_recipes()):
        by = person(request)
        begun = (
            start_draft({"name": name or _("New journey"), **NEW}, by)
            if chosen == BLANK
            else recipes.start_draft(chosen, by=by, name=name)
        )
        return redirect("journey-editor", journey=begun.pk)
    context = {
        "title": _("New journey"),
        "recipes": _recipes().values(),
        "crumbs": [(_("Journeys"), reverse("admin:campaigns_journey_changelist"))],
    }
    return show(request, admin.site, "admin/campaigns/journeys/add.html", context)


def _recipes() -> dict[str, Any]:
    return {one.key: one for one in recipes.RECIPES.values() if one.is_journey}


def editor(request: HttpRequest, journey: int) -> HttpResponse:
    """Show a journey's document as a tree; who may not change it reads its page."""
    found = get_object_or_404(Campaign.objects.journeys(), pk=journey)
    if not request.user.has_perm(CHANGE):
        return redirect(link(found))
    draft = draft_of(found, person(request))
    version, changed = since_approved(draft)
    context = {
        "title": found.name,
        **tree_context(found, draft, request.GET.get("step", "")),
        "opts": Campaign._meta,
        "original": found,
        "trail_title": found.name,
        "stepper": steps_of(found),
        "yaml": as_yaml(draft.content),
        "approved": version,
        "changed": changed,
        "steps": steps(draft),
        "older": differences.older(draft),
    }
    return show(request, admin.site, "admin/campaigns/journeys/editor.html", context)


def tree_context(campaign: Campaign, draft: Draft, place: str = "") -> dict[str, Any]:
    """Return what the tree and the panel beside it are drawn from."""
    document = draft.content
    found = find(document, campaign)
    return {
        "object": campaign,
        "draft": draft,
        "found": found,
        "heads": heads(document, found),
        "tree": tree.tree_of(document, found.problems, found.doubts),
        "kinds_of_step": [
            (kind, TITLES[kind], ABOUT[kind], ICONS[kind]) for kind in MENU
        ],
        "is_editable": True,
        **panel_context(campaign, document, place, found),
    }


def panel(request: HttpRequest, journey: int) -> HttpResponse:
    """Answer with the panel of one step, or of the journey."""
    draft = get_object_or_404(
        Draft.objects.select_related("campaign"), campaign=journey
    )
    place = request.GET.get("place", "")[:200]
    context = {
        "object": draft.campaign,
        "draft": draft,
        **panel_context(draft.campaign, draft.content, place),
    }
    return render(request, "admin/campaigns/journeys/panel.html", context)


def panel_context(
    campaign: Campaign,
    document: Mapping[str, Any],
    place: str,
    found: Found | None = None,
) -> dict[str, Any]:
    """Return the chosen panel with its values and problems; of no place, none."""
    if place not in (*panels.OF_JOURNEY, *(one for one, _step in walk(document))):
        return {"panel": None}
    found = found or find(document, campaign)
    shown = panels.panel_of(document, place)
    filled = drawn.fill(shown.sections, shown.holder, found.fields.get(place, {}))
    return {
        "panel": shown,
        "sections": filled,
        "fields": ",".join(drawn.names(filled)),
        "doubts": found.doubts.get(place, ()),
        "is_step": shown.kind in KINDS or place not in panels.OF_JOURNEY,
        **rule_rows(shown.holder, shown.rule),
    }
