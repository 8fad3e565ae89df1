"""The forms of one earn rule and of one tier, each a part of the programme's document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.offers.points_documents import (
    current_document,
    saved,
    sentence_of,
    typed_number,
)
from campaigns.content import points_terms
from campaigns.content.points_terms import BadCampaign
from retention_site.lib.admin.pages import show

KINDS: Mapping[str, str | Promise] = {
    points_terms.SPEND: gettext_lazy("money spent"),
    points_terms.EVENT: gettext_lazy("an event"),
    points_terms.FIRST_ORDER: gettext_lazy("the first order"),
    points_terms.BIRTHDAY: gettext_lazy("the birthday"),
}
LISTS = ("categories", "items")
WORDS = ("name", "kind", "event")
FIELDS = {
    points_terms.SPEND: ("per", "minimum", "most", *LISTS),
    points_terms.EVENT: ("event", "times", "within_days"),
    points_terms.FIRST_ORDER: ("minimum",),
    points_terms.BIRTHDAY: (),
}
STEP = ("name", "from", "multiplier")
NEW_RULE = {"kind": points_terms.SPEND, "points": "1", "per": "1"}
NEW_STEP = {"multiplier": "1"}


def rule(request: HttpRequest) -> HttpResponse:
    """Ask for a rule, a new one or the one that is named; POST saves or removes it."""
    document = current_document()
    return _form(
        request,
        document,
        document["earn"],
        NEW_RULE,
        _typed_rule,
        template="admin/campaigns/points/rule.html",
        new=_("New rule"),
    )


def tier(request: HttpRequest) -> HttpResponse:
    """Ask for a tier, a new one or the one that is named; POST saves or removes it."""
    document = current_document()
    return _form(
        request,
        document,
        document["tiers"]["steps"],
        NEW_STEP,
        _typed_step,
        template="admin/campaigns/points/tier.html",
        new=_("New tier"),
    )


def _form(
    request: HttpRequest,
    document: dict[str, Any],
    parts: list[dict[str, Any]],
    usual: dict[str, Any],
    typed: Callable[[HttpRequest], dict[str, Any]],
    *,
    template: str,
    new: str,
) -> HttpResponse:
    """``parts`` is a list inside ``document``: what becomes of it is saved with it."""
    name = request.GET.get("name", "")
    place = next((n for n, one in enumerate(parts) if one["name"] == name), None)
    problem, said = None, dict(usual if place is None else parts[place])
    if request.method == "POST":
        said = typed(request)
        _put(parts, place, None if request.POST.get("verb") == "remove" else said)
        try:
            saved(request, document)
        except BadCampaign as error:
            problem = sentence_of(error)
        else:
            messages.success(request, _("Saved. It holds from now on."))
            return redirect("admin:points")
    context = {
        "title": new if place is None else name,
        "is_new": place is None,
        "crumbs": [(_("Points"), reverse("admin:points"))],
        "said": _shown(said),
        "problem": problem,
        "kinds": KINDS.items(),
        "currency": settings.SHOP_CURRENCY,
        "back": reverse("admin:points"),
    }
    return show(request, admin.site, template, context)


def _put(parts: list[Any], place: int | None, said: dict[str, Any] | None) -> None:
    if place is None and said is not None:
        parts.append(said)
    elif place is not None:
        parts[place : place + 1] = [] if said is None else [said]
    if all(isinstance(one.get("from"), int) for one in parts):
        parts.sort(key=lambda one: one["from"])  # tiers stand from the lowest up


def _typed_rule(request: HttpRequest) -> dict[str, Any]:
    kind = request.POST.get("kind", "")
    return _typed(request, ("name", "kind", "points", *FIELDS.get(kind, ())))


def _typed_step(request: HttpRequest) -> dict[str, Any]:
    return _typed(request, STEP)


def _typed(request: HttpRequest, keys: tuple[str, ...]) -> dict[str, Any]:
    """Turn what was typed into the keys of the schema, empty fields left out."""
    typed = {key: request.POST.get(key, "").strip() for key in keys}
    said: dict[str, Any] = {}
    for key, value in typed.items():
        if value and key in LISTS:
            said[key] = [one.strip() for one in value.split(",") if one.strip()]
        elif value:
            said[key] = value if key in WORDS else typed_number(value)
    return said


def _shown(said: dict[str, Any]) -> dict[str, str]:
    """Return every field as words; a template would find a method where one lacks."""
    fields = {key for kind in FIELDS.values() for key in kind}
    empty = dict.fromkeys((*fields, *STEP, "kind", "points"), "")
    return empty | {key: _plain(value) for key, value in said.items()}


def _plain(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else f"{value}"
