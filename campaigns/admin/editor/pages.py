"""The editor's pages: a new campaign, its form and YAML, and the rail."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.admin.campaign.campaign_stage import steps_of
from campaigns.admin.editor import differences, drawn
from campaigns.admin.editor import rail as rails
from campaigns.admin.editor.problem_words import in_language
from campaigns.admin.editor.sections import sections
from campaigns.lifecycle import recipes
from campaigns.lifecycle.documents import as_yaml
from campaigns.lifecycle.draft_problems import look
from campaigns.lifecycle.drafts import draft_of, save_draft, start_draft
from campaigns.models import Campaign, Draft
from profiles.models import Segment
from retention_site.lib.admin.pages import link, person, show

CHANGE = "campaigns.change_campaign"
BLANK = "blank"


def add(request: HttpRequest) -> HttpResponse:
    """Ask for a name and where to begin; the campaign is made when that is chosen."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    name = request.POST.get("name", "").replace("\0", "").strip()[:200]
    chosen = request.POST.get("begin", "")
    segment = _segment(request)
    if request.method == "POST" and chosen in (BLANK, *recipes.RECIPES):
        by = person(request)
        begun = (
            start_draft({"name": name} if name else {}, by)
            if chosen == BLANK
            else recipes.start_draft(chosen, by=by, name=name)
        )
        if segment and "trigger" not in begun.draft.content:
            document = {**begun.draft.content, "segment": segment.name}
            save_draft(begun, document, by)
        return redirect(editor_of(begun))
    context = {
        "title": _("New campaign"),
        "recipes": recipes.RECIPES.values(),
        "segment": segment,
        "crumbs": [(_("Campaigns"), reverse("admin:campaigns_campaign_changelist"))],
    }
    return show(request, admin.site, "admin/campaigns/editor/add.html", context)


def editor_of(campaign: Campaign) -> str:
    """Return where a campaign is written, be it a journey or of one message."""
    if campaign.origin == Campaign.Origin.JOURNEY:
        return reverse("journey-editor", args=[campaign.pk])
    return reverse("campaign-editor", args=[campaign.pk])


def _segment(request: HttpRequest) -> Segment | None:
    """Return the segment from whose page somebody comes."""
    name = request.GET.get("segment", "")[:100]
    return Segment.objects.filter(name=name).first() if name else None


def editor(request: HttpRequest, campaign: int) -> HttpResponse:
    """Show a campaign's document as a form; who may not change it reads its page."""
    found = get_object_or_404(Campaign.objects.ours(), pk=campaign)
    if not request.user.has_perm(CHANGE):
        return redirect(link(found))
    context = {"title": found.name, **context_of(found, request)}
    return show(request, admin.site, "admin/campaigns/editor/page.html", context)


def context_of(campaign: Campaign, request: HttpRequest) -> dict[str, Any]:
    """Return what the page and its parts are drawn from."""
    draft = draft_of(campaign, person(request))
    version, changed = differences.since_approved(draft)
    return {
        **form_context(campaign, draft),
        "opts": Campaign._meta,
        "original": campaign,
        "stepper": steps_of(campaign),
        "yaml": as_yaml(draft.content),
        "approved": version,
        "changed": changed,
        "steps": differences.steps(draft),
        "older": differences.older(draft),
    }


def form_context(campaign: Campaign, draft: Draft) -> dict[str, Any]:
    """Return what the form alone is drawn from."""
    problems: dict[str, list[str]] = {}
    for one in look(draft.content, campaign).problems:
        problems.setdefault(one.place, []).append(in_language(one))
    filled = drawn.fill(sections(draft.content), draft.content, problems)
    return {
        "object": campaign,
        "draft": draft,
        "sections": filled,
        "fields": ",".join(drawn.names(filled)),
    }


def rail(request: HttpRequest, campaign: int) -> HttpResponse:
    """Answer with the rail of a draft as it is saved now."""
    draft = get_object_or_404(
        Draft.objects.select_related("campaign"), campaign=campaign
    )
    found = rails.rail_of(draft)
    context = {"rail": found, "draft": draft, "held_words": rails.held_words(found)}
    return render(request, "admin/campaigns/editor/rail.html", context)
