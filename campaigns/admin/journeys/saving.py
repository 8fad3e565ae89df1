"""What the journey editor posts: a panel's fields, a step more, less or elsewhere, YAML,
undo, and off to review.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from campaigns.admin.editor.draft_verbs import DraftVerbs
from campaigns.admin.editor.form import filled
from campaigns.admin.editor.saving import MOST_FIELDS, refuse_aliases
from campaigns.admin.editor.values import Shown
from campaigns.admin.journeys import panels
from campaigns.admin.journeys.pages import tree_context
from campaigns.content import journey_outline as outline
from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle import drafts
from campaigns.lifecycle.campaign_files import as_map
from campaigns.lifecycle.documents import as_yaml
from campaigns.models import Campaign, Draft
from retention_site.lib.admin.drafts import both_kept, number_in
from retention_site.lib.admin.pages import person
from retention_site.lib.drafts.saving import DraftConflict

MOST_PLACE = 200


VERBS = DraftVerbs("journey-editor", "admin:campaigns_journey_changelist")


@require_POST
def save(request: HttpRequest, journey: int) -> HttpResponse:
    """Keep what was done, and answer with the number and the tree that it has now."""
    found = get_object_or_404(Campaign.objects.journeys(), pk=journey)
    draft = drafts.draft_of(found, person(request))
    seen = number_in(request.POST.get("seen", "")) or draft.number
    back = number_in(request.POST.get("back", ""))
    place = request.POST.get("place", "")[:MOST_PLACE]
    try:
        if back is not None:
            saved = drafts.bring_back(found, back, person(request))
        else:
            document, place = _document(request, draft, seen, place)
            saved = drafts.save_draft(found, document, person(request), seen=seen)
    except DraftConflict as conflict:
        return JsonResponse(conflict.told, status=409)
    except BadCampaign as error:
        return JsonResponse({"problem": str(error)}, status=422)
    found.refresh_from_db()
    return _answer(request, found, saved, place)


def _document(
    request: HttpRequest, draft: Draft, seen: int, place: str
) -> tuple[Mapping[str, Any], str]:
    """Read what was posted over the state that the page had shown; return the place that
    is looked at then, too.
    """
    if "yaml" in request.POST:
        refuse_aliases(request.POST["yaml"])
        return as_map(request.POST["yaml"]), place
    base: Mapping[str, Any] = draft.at(seen) or draft.content
    names = [one for one in request.POST.get("fields", "").split(",") if one]
    if names and place:
        base = _typed(request, base, place, names[:MOST_FIELDS])
    return _done(base, place, request.POST.get("part", "")[: 2 * MOST_PLACE])


def _typed(
    request: HttpRequest, base: Mapping[str, Any], place: str, names: list[str]
) -> Mapping[str, Any]:
    """Write a panel's fields into its part of the document."""
    typed: dict[str, Shown] = {name: request.POST.getlist(name) for name in names}
    if place in panels.OF_JOURNEY:
        return filled(base, typed, names)
    named = outline.keyed(base)
    step = outline.step_at(named, place)
    if step is None:
        return base
    holder = filled(panels.panel_of(named, place).holder, typed, names)
    return outline.replace(named, place, panels.written(named, place, holder))


def _done(
    base: Mapping[str, Any], place: str, part: str
) -> tuple[Mapping[str, Any], str]:
    """Do one thing with the steps: ``verb:place`` and what it needs besides."""
    verb, _colon, rest = part.partition(":")
    if verb == "add":
        where, _colon, kind = rest.partition(":")
        return outline.add(base, where, kind)
    if verb == "remove":
        return outline.remove(base, rest), ""
    if verb in ("up", "down"):
        return outline.move(base, rest, -1 if verb == "up" else 1)
    if verb == "to":
        here, _colon, where = rest.partition(":")
        return outline.move_to(base, here, where)
    if verb == "copy":
        return outline.copy(base, rest)
    if verb == "add_arm":
        return outline.add_arm(base, place), place
    if verb == "remove_arm":
        return outline.remove_arm(base, place, number_in(rest) or 0), place
    return base, place


def _answer(
    request: HttpRequest, campaign: Campaign, draft: Draft, place: str
) -> HttpResponse:
    context = tree_context(campaign, draft, place)
    sections = context.get("sections", ())
    fields = [one for s in sections for group in s.groups for one in group.drawn]
    told: dict[str, Any] = {
        "number": draft.number,
        "name": campaign.name,
        "place": place,
        "tree": _part(request, "tree", context),
        "problems": {one.key: " ".join(one.problems) for one in fields if one.problems},
        "sections": {one.key: one.problems for one in sections},
        "yaml": as_yaml(draft.content),
    }
    if draft.is_merged:
        told["others"] = both_kept()
    if request.POST.get("redraw") or draft.is_merged:
        told["panel"] = _part(request, "panel", context)
    return JsonResponse(told)


def _part(request: HttpRequest, name: str, context: dict[str, Any]) -> str:
    return render_to_string(f"admin/campaigns/journeys/{name}.html", context, request)


@require_POST
def act(request: HttpRequest, journey: int, verb: str) -> HttpResponse:
    """Do one thing with a draft, and go where it leads."""
    found = get_object_or_404(Campaign.objects.journeys(), pk=journey)
    return VERBS.act(request, found, verb)
