"""The message editor: a template as blocks and forms, saved by itself, kept in versions."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.admin.message_text import copy_box, editor_forms
from campaigns.content.message_parts import PARTS
from campaigns.copy.generation import endpoint
from campaigns.models import SeedAddress, Template, TemplateDraft
from campaigns.rendering import template_library
from campaigns.rendering.design import drafts
from campaigns.rendering.design.differences import differences
from campaigns.rendering.design.expand import DESIGN, is_designed
from campaigns.rendering.liquid import WordsError
from profiles.admin.rights import CUSTOMERS
from retention_site.lib.admin.drafts import both_kept, number_in
from retention_site.lib.admin.pages import person, show
from retention_site.lib.drafts import saving
from retention_site.lib.drafts.saving import BadDocument, DraftConflict

VIEW, CHANGE = "campaigns.view_template", "campaigns.change_template"
ADD = "campaigns.add_template"
MOST_CHARACTERS = 1_000_000
SHOWN_VERSIONS = 30


def add(request: HttpRequest) -> HttpResponse:
    """Ask for a name, a channel and what to begin with; then open the editor."""
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    problem = ""
    if request.method == "POST":
        try:
            return redirect(address_of(_begun(request)))
        except WordsError as error:
            problem = str(error)
    context = {
        "title": _("New template"),
        "channels": list(PARTS),
        "channel": request.POST.get("channel", request.GET.get("channel", "email")),
        "starter": request.POST.get("starter", "letter"),
        "name": request.POST.get("name", ""),
        "problem": problem,
    }
    return show(request, admin.site, "admin/campaigns/message_editor/new.html", context)


def _begun(request: HttpRequest) -> Template:
    """Make a template that is a draft only; raise `WordsError`."""
    name = request.POST.get("name", "").strip()
    channel = request.POST.get("channel", "")
    if channel not in PARTS:
        raise WordsError(_("Choose a channel."))
    template_library.check_name(name, channel)
    starters = editor_forms.starters() if channel == "email" else {}
    blocks = starters.get(request.POST.get("starter", "letter"), [])
    parts = drafts.tidy({DESIGN: {"blocks": blocks}})
    template, is_new = Template.objects.get_or_create(
        name=name, defaults={"channel": channel}
    )
    if not is_new:
        raise WordsError(_("There is a template “%(name)s” already.") % {"name": name})
    saving.begin(TemplateDraft(template=template), parts, person(request))
    return template


def address_of(template: Template) -> str:
    return reverse("admin:campaigns_template_change", args=[template.pk])


def edit(request: HttpRequest, template: Template) -> HttpResponse:
    """Show a template in the editor; one that is code leads to its code."""
    parts = drafts.current(template)
    if template.channel == Template.BLOCK or not is_designed(parts):
        return redirect("template", template.pk)
    may_change = request.user.has_perm(CHANGE)
    draft = TemplateDraft.objects.filter(template=template).first()
    context = {
        "title": str(template),
        "template": template,
        "parts": parts,
        "draft": draft,
        "newest": template.newest,
        "is_letter": template.channel == "email",
        "kinds": editor_forms.kinds(),
        "may_change": may_change,
        "may_name": request.user.has_perm(CUSTOMERS),
        "recipients": _recipients(request, template.channel) if may_change else [],
        "goals": copy_box.goals(),
        "generator": endpoint.name() if endpoint.is_set() else "",
        "tones": copy_box.tones(),
        "about": {
            "kinds": editor_forms.kinds() if template.channel == "email" else [],
            "facts": editor_forms.facts(),
            "links": editor_forms.link_choices(),
            "lines": editor_forms.lines(template.channel),
            "sentences": editor_forms.sentences(),
            "number": draft.number if draft else 1,
            "may_change": may_change,
        },
    }
    return show(
        request, admin.site, "admin/campaigns/message_editor/editor.html", context
    )


def _recipients(request: HttpRequest, channel: str) -> list[str]:
    """Return where a test may go: one's own address first, then those that are listed."""
    own = (
        [person(request).email] if channel == "email" and person(request).email else []
    )
    listed = SeedAddress.objects.filter(channel=channel).order_by("pk")
    return list(dict.fromkeys([*own, *listed.values_list("address", flat=True)[:20]]))


def told(request: HttpRequest) -> Any:
    """Return the document of a request; raise `WordsError`."""
    body = request.POST.get("parts", "")
    if len(body) > MOST_CHARACTERS:
        raise WordsError(_("The message is larger than 1 MB."))
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WordsError(_("This is no message.")) from error


@require_POST
def save_draft(request: HttpRequest, template: int) -> HttpResponse:
    """Save what is being written."""
    row = get_object_or_404(Template, pk=template)
    seen = number_in(request.POST.get("seen", ""))
    try:
        draft = drafts.save(row, told(request), person(request), seen=seen)
    except (WordsError, BadDocument) as error:
        return JsonResponse({"problem": str(error)}, status=422)
    except DraftConflict as conflict:
        return JsonResponse(conflict.told, status=409)
    answer: dict[str, Any] = {"number": draft.number}
    if draft.is_merged:
        answer |= {"parts": draft.content, "others": both_kept()}
    return JsonResponse(answer)


@require_POST
def save_version(request: HttpRequest, template: int) -> HttpResponse:
    """Keep what was written as a version that campaigns can take over."""
    row = get_object_or_404(Template, pk=template)
    try:
        parts = drafts.tidy(told(request))
        written = template_library.write(
            row.name, row.channel, parts, by=person(request)
        )
    except WordsError as error:
        return JsonResponse({"problem": str(error)}, status=422)
    words = (
        _("Saved as %(version)s. Campaigns that took it over before stay as they are.")
        % {"version": written.version}
        if written.is_new
        else _("Nothing has changed.")
    )
    draft = TemplateDraft.objects.filter(template=row).first()
    told_back = {"sentence": words, "number": draft.number if draft else 1}
    return JsonResponse({**told_back, "version": written.version.number})


def versions(request: HttpRequest, template: int) -> HttpResponse:
    """Show what each version changed, and take one back into the editor."""
    row = get_object_or_404(Template, pk=template)
    rows = list(
        row.versions.select_related("author").order_by("-number")[: SHOWN_VERSIONS + 1]
    )
    if request.method == "POST":
        return _taken_back(request, row)
    shown = [
        (one, differences(before.parts, one.parts) if before else [])
        for one, before in zip(rows, [*rows[1:], None], strict=True)
    ][:SHOWN_VERSIONS]
    written = TemplateDraft.objects.filter(template=row).first()
    changes = differences(rows[0].parts if rows else {}, drafts.current(row))
    context = {
        "title": _("Versions of %(template)s") % {"template": row},
        "template": row,
        "versions": shown,
        "draft": written,
        "changes": changes,
        "may_change": request.user.has_perm(CHANGE),
    }
    return show(
        request, admin.site, "admin/campaigns/message_editor/versions.html", context
    )


def _taken_back(request: HttpRequest, row: Template) -> HttpResponse:
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    sent = request.POST.get("version", "")
    version = (
        row.versions.filter(number=int(sent)).first()
        if sent.isdigit() and len(sent) < 9
        else None
    )
    if version is None or not is_designed(version.parts):
        messages.error(request, _("This version was written as code."))
        return redirect("template-versions", row.pk)
    drafts.save(row, version.parts, person(request))
    messages.success(
        request,
        _("Version %(n)d is open. Save it, and it is the newest.")
        % {"n": version.number},
    )
    return redirect(address_of(row))


@require_POST
def to_code(request: HttpRequest, template: int) -> HttpResponse:
    """Turn blocks into the MJML and text that they are, for who writes code."""
    row = get_object_or_404(Template, pk=template)
    try:
        parts = template_library.expanded(drafts.current(row), row.channel)
        template_library.write(row.name, row.channel, parts, by=person(request))
    except WordsError as error:
        messages.error(request, str(error))
        return redirect(address_of(row))
    messages.success(
        request, _("It is code now. An older version brings the blocks back.")
    )
    return redirect("template", row.pk)
