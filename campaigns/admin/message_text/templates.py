"""Templates and blocks that campaigns share: written, looked at as a customer, kept in
versions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from campaigns.admin.message_text.message_preview import Shown, hint, shown
from campaigns.content import language_variants
from campaigns.content.message_parts import PARTS
from campaigns.delivery.test_sends import send_test
from campaigns.lifecycle.preview import content_of_template, customer_named, look
from campaigns.models import Template, TemplateVersion
from campaigns.rendering import template_library
from campaigns.rendering.design import drafts
from campaigns.rendering.design.expand import is_designed
from campaigns.rendering.liquid import WordsError
from profiles.admin.rights import CUSTOMERS, PERSONAL
from retention_site.lib import registry
from retention_site.lib.admin.pages import person, show

VIEW, CHANGE = "campaigns.view_template", "campaigns.change_template"
LONG = {"html", "mjml", "text", template_library.SOURCE}


@dataclass(frozen=True)
class Field:
    """One part as the page shows it."""

    key: str
    text: str
    is_needed: bool

    @property
    def is_long(self) -> bool:
        return self.key in LONG

    @property
    def n_rows(self) -> int:
        return min(26, max(4, self.text.count("\n") + 2))


def templates(request: HttpRequest) -> HttpResponse:
    """List templates and blocks, with how often they changed."""
    last = TemplateVersion.objects.filter(template=OuterRef("pk")).order_by("-number")
    rows = (
        Template.objects.select_related("draft")
        .annotate(
            n_versions=Count("versions"),
            changed_at=Max("versions__created_at"),
            who=Subquery(last.values("author__username")[:1]),
            parts=Subquery(last.values("parts")[:1]),
        )
        .order_by("channel", "name")
    )
    found = []
    for row in rows:
        draft = getattr(row, "draft", None)
        is_changed = draft is not None and draft.content != row.parts
        languages = sorted((row.parts or {}).get(template_library.LANGUAGES, {}))
        found.append((row, languages, is_changed))
    context = {
        "title": _("Templates"),
        "rows": [one for one in found if one[0].channel != Template.BLOCK],
        "blocks": [one for one in found if one[0].channel == Template.BLOCK],
        "shipped": sorted(
            template_library.known().keys() - template_library.blocks().keys()
        ),
        "may_add": request.user.has_perm("campaigns.add_template"),
    }
    return show(request, admin.site, "admin/campaigns/templates.html", context)


def new(request: HttpRequest, channel: str) -> HttpResponse:
    """Write a template that is not there yet."""
    if channel not in PARTS and channel != Template.BLOCK:
        raise Http404
    return _edit(request, Edited(channel, request.POST.get("name", ""), {}))


def template(request: HttpRequest, template: int) -> HttpResponse:
    """Show a template; ``?version=`` an older one."""
    row = get_object_or_404(Template, pk=template)
    if row.channel != Template.BLOCK and is_designed(drafts.current(row)):
        return redirect("admin:campaigns_template_change", row.pk)
    number = request.GET.get("version", "")
    version = (
        row.versions.filter(number=int(number)).first()
        if number.isdigit() and len(number) < 9
        else row.newest
    )
    return _edit(
        request,
        Edited(row.channel, row.name, version.parts if version else {}, row, version),
    )


@dataclass(frozen=True)
class Edited:
    """What is on the page: a kept version, or words that are being typed."""

    channel: str
    name: str
    parts: dict[str, Any]
    row: Template | None = None
    version: TemplateVersion | None = None


def _edit(request: HttpRequest, edited: Edited) -> HttpResponse:
    language = (
        request.POST.get("language", request.GET.get("language", "")).strip().lower()
    )
    problem, parts = "", edited.parts
    if request.method == "POST":
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        parts = _typed(request, edited, language)
        verb = request.POST.get("verb", "look")
        try:
            if verb == "keep":
                return _kept(request, edited, parts)
            if verb == "test":
                _test(request, edited.channel, parts, language)
        except WordsError as error:
            problem = str(error)
    return _page(request, edited, parts, language, problem)


def _typed(request: HttpRequest, edited: Edited, language: str) -> dict[str, Any]:
    """Put what was typed into the parts of a language; the others stay as they are."""
    said = {
        key: request.POST.get(f"part-{key}", "").replace("\r\n", "\n")
        for key in _keys(edited.channel)
    }
    if not language:
        return {**edited.parts, **said}
    spoken = {**edited.parts.get(template_library.LANGUAGES, {}), language: said}
    return {**edited.parts, template_library.LANGUAGES: spoken}


def _kept(request: HttpRequest, edited: Edited, parts: dict[str, Any]) -> HttpResponse:
    written = template_library.write(
        edited.name.strip(),
        edited.channel,
        parts,
        by=request.user,  # type: ignore[arg-type]
    )
    said = _(
        "Kept as %(version)s. Campaigns that took it over before stay as they are."
    )
    messages.success(
        request,
        (
            said % {"version": written.version}
            if written.is_new
            else _("Nothing has changed.")
        ),
    )
    language = request.POST.get("language", "")
    return redirect(
        f"/admin/templates/{written.version.template_id}/{f'?language={language}' if language else ''}"
    )


def _test(
    request: HttpRequest, channel: str, parts: dict[str, Any], language: str
) -> None:
    looked, problem = _look(request, channel, parts, language)
    if looked is None:
        raise WordsError(problem)
    tried = send_test(
        registry.load("channels", channel)(),
        request.POST.get("to", ""),
        looked.said,
        by=person(request),
    )
    (messages.success if tried.is_taken else messages.error)(request, tried.sentence)


def _look(
    request: HttpRequest, channel: str, parts: dict[str, Any], language: str
) -> tuple[Shown | None, str]:
    """Fill the parts for a customer; return what is shown, or why nothing can be."""
    if channel == Template.BLOCK or not any(
        isinstance(text, str) and text.strip() for text in parts.values()
    ):
        return None, ""
    try:
        content = content_of_template(channel, parts)
        asked = request.POST.get("customer", request.GET.get("customer", ""))[:200]
        if "@" in asked and not request.user.has_perm(PERSONAL):
            asked = "…"  # nobody is found by an address that may not be read
        customer = customer_named(asked) if request.user.has_perm(CUSTOMERS) else None
        looked = look(content, "", channel, customer, language)
    except WordsError as error:
        return None, str(error)
    return (shown(channel, looked.said), "") if looked.said else (None, looked.problem)


def _page(
    request: HttpRequest,
    edited: Edited,
    parts: dict[str, Any],
    language: str,
    problem: str,
) -> HttpResponse:
    seen, unsaid = _look(request, edited.channel, parts, language)
    own = (
        parts.get(template_library.LANGUAGES, {}).get(language, {})
        if language
        else parts
    )
    needed = {part.key for part in PARTS.get(edited.channel, ()) if part.is_required}
    context = {
        "title": edited.name or _("A new template"),
        "edited": edited,
        "fields": [
            Field(key, str(own.get(key) or ""), key in needed)
            for key in _keys(edited.channel)
        ],
        "language": language,
        "is_language": not language or language_variants.is_language(language),
        "languages": sorted(
            {
                *parts.get(template_library.LANGUAGES, {}),
                *([language] if language else []),
            }
        ),
        "customer": request.POST.get("customer", request.GET.get("customer", "")),
        "shown": seen,
        "problem": problem or unsaid,
        "hint": hint(problem or unsaid),
        "versions": (
            edited.row.versions.select_related("author").order_by("-number")[:30]
            if edited.row
            else ()
        ),
        "blocks": sorted(template_library.known()),
        "may_change": request.user.has_perm(CHANGE),
        "is_block": edited.channel == Template.BLOCK,
    }
    return show(request, admin.site, "admin/campaigns/template.html", context)


def _keys(channel: str) -> list[str]:
    """Return the parts that are written: of a letter MJML, which HTML is made of, and
    HTML for those who have none.
    """
    if channel == Template.BLOCK:
        return [template_library.SOURCE]
    keys = [part.key for part in PARTS[channel]]
    return [key for one in keys for key in (("mjml", one) if one == "html" else (one,))]
