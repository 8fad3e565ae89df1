"""The segment builder: a page of rows over the rule, kept as it is typed, saved as a version."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from profiles import jobs, segments
from profiles.models import Segment, SegmentDraft
from profiles.segments import BadRule
from profiles.segments.builder import document, form
from profiles.segments.builder.document import Document
from profiles.segments.builder.problems import Problem, problems
from profiles.segments.compiled import saved_rule
from profiles.segments.uses import uses_of
from retention_site.lib.admin.drafts import both_kept, number_in
from retention_site.lib.admin.pages import note_act, person, show
from retention_site.lib.admin.panels import panels
from retention_site.lib.drafts.saving import BadDocument, DraftConflict

from .desk import Desk, desk, keep, refused_words
from .rule_words import in_words
from .versions import versions

TITLE_OF_WORDS = 80  # characters of a title that is made from the rule's words


def page(request: HttpRequest, which: str) -> HttpResponse:
    """Show the builder of a segment, or of a new one."""
    found = desk(request, which, to_write=True)
    segment = found.segment
    context = {
        "title": str(segment) if segment else _("New segment"),
        "opts": Segment._meta,
        "object": segment,
        "original": segment,
        "trail_title": None if segment else _("New segment"),
        "desk": found,
        "draft": found.draft,
        "number": found.draft.number if found.draft else 1,
        **_looked_at(request, found, form.whole(found.rule)),
        "kinds": form.kinds(),
        "groups": form.group_words(),
        "uses": uses_of(segment.name) if segment else [],
        "versions": versions(found),
        "panels": panels("segment_panels", segment) if segment else {},
        "campaign_address": _campaign_address(request, segment),
        "may_delete": person(request).has_perm("profiles.delete_segment"),
    }
    return show(request, admin.site, "admin/profiles/segment/builder.html", context)


@require_POST
def look(request: HttpRequest, which: str) -> HttpResponse:
    """Keep a change and say what it means: sentence, problems, and the rows where they
    are asked for.
    """
    found = desk(request, which, to_write=True)
    seen = number_in(request.POST.get("seen", ""))
    try:
        sent = _sent(request)
        rule = form.whole(sent.rule)
        found = keep(request, found, title=sent.title, rule=rule, seen=seen)
    except (BadRule, BadDocument) as error:
        return JsonResponse({"problem": str(error)}, status=422)
    except DraftConflict as conflict:
        return JsonResponse(conflict.told, status=409)
    rule = found.rule
    facts = _looked_at(request, found, rule)
    answer = {
        "number": found.draft.number if found.draft else 1,
        "sentence": facts["sentence"],
        "is_whole": not facts["problems"],
        "is_changed": facts["is_changed"],
        "problems": [vars(one) for one in facts["problems"]],
        "yaml": facts["yaml"],
    }
    is_merged = found.draft is not None and found.draft.is_merged
    if is_merged:
        answer["others"] = both_kept()
    if request.POST.get("rows") or is_merged:
        facts |= {"kinds": form.kinds(), "groups": form.group_words()}
        answer["rule"] = rule
        answer["title"] = found.title
        answer["rows"] = render_to_string(
            "admin/profiles/segment/rows.html", facts, request
        )
    return JsonResponse(answer)


@require_POST
def save(request: HttpRequest, which: str) -> HttpResponse:
    """Save what is seen as the segment's next version."""
    found = desk(request, which, to_write=True)
    try:
        sent = _sent(request)
        rule = form.whole(sent.rule)
        found = keep(request, found, title=sent.title, rule=rule)
        words = segments.describe(rule)
        if refused := refused_words(request, found, rule):
            raise segments.BadRule(next(iter(refused.values())))
        if found.is_behind and found.draft:
            SegmentDraft.objects.filter(pk=found.draft.pk).update(version=found.version)
            raise segments.BadRule(
                _(
                    "Version %s was saved meanwhile. Look at it; saving again replaces it."
                )
                % found.version
            )
        title, by = sent.title or words[:TITLE_OF_WORDS], person(request)
        if found.segment:
            if rule == form.whole(found.segment.rule):
                rule = found.segment.rule  # a new title is no new version
            segment = segments.save(found.segment.name, rule, title=title, by=by)
        else:
            segment = segments.create(sent.title, rule, title=title, by=by)
    except (segments.BadRule, BadDocument) as error:
        messages.error(request, str(error))
        return redirect(_address(found))
    SegmentDraft.objects.filter(segment=found.segment, by=person(request)).delete()
    note_act(
        request,
        before={"version": found.version},
        after={"segment": segment.name, "version": segment.version},
    )
    jobs.start(
        "segments",
        {"segment": segment.pk},
        title=gettext_noop("Members of %s") % segment,
        by=person(request),
    )
    messages.success(request, _("Version %s is saved.") % segment.version)
    return redirect("admin:profiles_segment_change", segment.pk)


@require_POST
def discard(request: HttpRequest, which: str) -> HttpResponse:
    """Throw a draft away: what was saved last stands again."""
    found = desk(request, which, to_write=True)
    SegmentDraft.objects.filter(segment=found.segment, by=person(request)).delete()
    messages.success(request, _("The draft is gone."))
    return redirect(_address(found))


def _looked_at(request: HttpRequest, found: Desk, rule: Any) -> dict[str, Any]:
    """What the page says of a rule as it stands: its problems, its words, its rows."""
    refused = refused_words(request, found, rule)
    wrong = [
        *problems(rule, _finder(found)),
        *(Problem(path, "key", words) for path, words in refused.items()),
    ]
    name = found.segment.name if found.segment else ""
    return {
        "problems": wrong,
        "sentence": _sentence(found, rule, is_whole=not wrong),
        "is_changed": rule != form.whole(found.saved_rule)
        or found.title != (found.segment.title if found.segment else ""),
        "row": form.rows(rule, wrong),
        "rule": rule,
        "yaml": Document(found.title, rule).as_yaml(name),
    }


def _sentence(found: Desk, rule: Any, *, is_whole: bool) -> str:
    """Say the rule; of one that is being written only once it is whole."""
    if is_whole or found.draft is None:
        return in_words(rule)
    return _("Some conditions are not finished.")


def _finder(found: Desk) -> Any:
    """Give the rules of other segments; who names itself stands in a circle."""
    own = found.segment.name if found.segment else None

    def find(name: str) -> Any:
        return found.rule if name == own else saved_rule(name)

    return find


def _sent(request: HttpRequest) -> Any:
    """What the page or a form without scripts sends; raise `BadRule`."""
    if request.POST.get("document"):
        return document.from_json(request.POST["document"])
    return document.from_yaml(request.POST.get("yaml", ""))


def _address(found: Desk) -> str:
    if found.segment:
        return reverse("admin:profiles_segment_change", args=[found.segment.pk])
    return reverse("admin:profiles_segment_add")


def _campaign_address(request: HttpRequest, segment: Segment | None) -> str:
    """Where a campaign is begun with this segment; empty for those who may not."""
    # by name: what stands above this app is not imported
    if segment is None or not person(request).has_perm("campaigns.change_campaign"):
        return ""
    return f"{reverse('admin:campaigns_campaign_add')}?segment={segment.name}"
