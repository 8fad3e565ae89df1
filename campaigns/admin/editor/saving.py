"""What the editor posts: fields, YAML, a part more or less, undo, and off to review."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from campaigns.admin.editor import drawn
from campaigns.admin.editor.draft_verbs import DraftVerbs
from campaigns.admin.editor.form import filled
from campaigns.admin.editor.pages import form_context
from campaigns.admin.editor.sections import sections
from campaigns.admin.editor.values import DEFAULT_ARMS, Shown
from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle import drafts
from campaigns.lifecycle.campaign_files import as_map
from campaigns.lifecycle.documents import as_yaml
from campaigns.models import Campaign, Draft
from retention_site.lib.admin.drafts import both_kept, number_in
from retention_site.lib.admin.pages import person
from retention_site.lib.drafts.saving import DraftConflict

MOST_ARMS = 20
MOST_FIELDS = 400


VERBS = DraftVerbs("campaign-editor", "admin:campaigns_campaign_changelist")


@require_POST
def save(request: HttpRequest, campaign: int) -> HttpResponse:
    """Keep what was typed, and answer with the number that it has now."""
    found = get_object_or_404(Campaign.objects.ours(), pk=campaign)
    draft = drafts.draft_of(found, person(request))
    seen = number_in(request.POST.get("seen", "")) or draft.number
    back = number_in(request.POST.get("back", ""))
    try:
        if back is not None:
            saved = drafts.bring_back(found, back, person(request))
        else:
            document = _document(request, draft, seen)
            saved = drafts.save_draft(found, document, person(request), seen=seen)
    except DraftConflict as conflict:
        return JsonResponse(_told(conflict), status=409)
    except BadCampaign as error:
        return JsonResponse({"problem": str(error)}, status=422)
    found.refresh_from_db()
    return _answer(request, found, saved)


def _told(conflict: DraftConflict) -> dict[str, Any]:
    """Name the places that both changed as the form does."""
    labels = drawn.labels(sections(conflict.draft.content))
    places = [labels.get(one, one) for one in conflict.places]
    problem = f"{conflict} {', '.join(places)}"
    return {**conflict.told, "problem": problem}


def _document(request: HttpRequest, draft: Draft, seen: int) -> Mapping[str, Any]:
    """Read the YAML tab or the form over the state that the page had shown."""
    if "yaml" in request.POST:
        refuse_aliases(request.POST["yaml"])
        return as_map(request.POST["yaml"])
    base = draft.at(seen) or draft.content
    names = [one for one in request.POST.get("fields", "").split(",") if one]
    typed: dict[str, Shown] = {
        name: request.POST.getlist(name) for name in names[:MOST_FIELDS]
    }
    document = filled(base, typed, names[:MOST_FIELDS])
    return _with_part(document, request.POST.get("part", ""))


def refuse_aliases(text: str) -> None:
    """An alias of aliases is small to post and huge to keep."""
    try:
        has_alias = any(isinstance(one, yaml.AliasToken) for one in yaml.scan(text))
    except yaml.YAMLError:
        return  # reading it says what is wrong, and where
    if has_alias:
        raise BadCampaign("The file: holds an alias (*name); write it out.")


def _with_part(document: dict[str, Any], part: str) -> dict[str, Any]:
    """Add a variant, or take one away."""
    verb, _colon, number = part.partition(":")
    arms = document.get("arms")
    arms = deepcopy(arms if isinstance(arms, list) and arms else list(DEFAULT_ARMS))
    if verb == "add_arm" and len(arms) < MOST_ARMS:
        taken = {one.get("name") for one in arms if isinstance(one, dict)}
        free = (f"variant {chr(65 + n)}" for n in range(26))
        arms.append(
            {"name": next((one for one in free if one not in taken), "variant")}
        )
        document["arms"] = arms
    if verb == "remove_arm" and 0 < (number_in(number) or 0) <= len(arms) > 1:
        del arms[int(number) - 1]
        document["arms"] = arms
    return document


def _answer(request: HttpRequest, campaign: Campaign, draft: Draft) -> HttpResponse:
    context = form_context(campaign, draft)
    is_redrawn = bool(request.POST.get("redraw")) or draft.is_merged
    groups = [group for section in context["sections"] for group in section.groups]
    drawn = [one for group in groups for one in group.drawn]
    told: dict[str, Any] = {
        "number": draft.number,
        "name": campaign.name,
        "problems": {one.key: " ".join(one.problems) for one in drawn if one.problems},
        "sections": {one.key: one.problems for one in context["sections"]},
        "yaml": as_yaml(draft.content),
    }
    if draft.is_merged:
        told["others"] = both_kept()
    if is_redrawn:
        page = "admin/campaigns/editor/form.html"
        told["form"] = render_to_string(page, context, request)
    return JsonResponse(told)


@require_POST
def act(request: HttpRequest, campaign: int, verb: str) -> HttpResponse:
    """Do one thing with a draft, and go where it leads."""
    found = get_object_or_404(Campaign.objects.ours(), pk=campaign)
    return VERBS.act(request, found, verb)
