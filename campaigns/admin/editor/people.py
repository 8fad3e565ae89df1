"""Ten of those whom a draft means: what each would get, and why she is meant."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from campaigns.admin.message_text.message_preview import hint, shown
from campaigns.content.model import Content
from campaigns.content.parse import read
from campaigns.lifecycle import draft_problems
from campaigns.lifecycle.preview import look
from campaigns.lifecycle.sample_customers import customers_of
from campaigns.models import Draft
from profiles import history, segments
from profiles.admin.rights import CUSTOMERS, PERSONAL
from profiles.admin.segments.why import explained
from profiles.models import Customer
from profiles.segments import BadRule

MOST_SHOWN = 10


def people(request: HttpRequest, campaign: int) -> HttpResponse:
    """Show ten of those who are meant now."""
    draft, content = _read(campaign)
    history.refresh()  # as the rail beside it
    chosen: list[int] = []
    n = None
    if content is not None and (
        content.segment is None or draft.content.get("segment")
    ):
        chosen = customers_of(content, MOST_SHOWN)
        n = segments.count(content.segment.rule) if content.segment else None
    may_see = request.user.has_perm(CUSTOMERS)
    known = Customer.objects.filter(pk__in=chosen).order_by("pk")
    context = {
        "campaign": campaign,
        "n": n,
        "has_rule": content is not None and content.segment is not None,
        "people": known if may_see else (),
    }
    return render(request, "admin/campaigns/editor/people.html", context)


def person(request: HttpRequest, campaign: int, customer: int) -> HttpResponse:
    """Show what one of them would get, by variant and channel."""
    if not request.user.has_perm(CUSTOMERS):
        raise PermissionDenied
    _draft, content = _read(campaign)
    someone = get_object_or_404(Customer, pk=customer)
    if content is None:
        raise Http404
    arm = content.arm(request.GET.get("arm", "")) or content.arms[0]
    channels = content.channels_of(arm)
    asked = request.GET.get("channel", "")
    channel = asked if asked in channels else channels[0]
    may_read = request.user.has_perm(PERSONAL)
    looked = look(content, arm.name, channel, someone, hides_names=not may_read)
    context = {
        "campaign": campaign,
        "customer": someone,
        "frame": someone.pk,  # several may be open at once
        "arm": arm.name,
        "channel": channel,
        "arms": [one.name for one in content.arms],
        "channels": channels,
        "looked": looked,
        "hint": hint(looked.problem),
        "shown": shown(channel, looked.said) if looked.said else None,
    }
    return render(request, "admin/campaigns/editor/person.html", context)


def why(request: HttpRequest, campaign: int, customer: int) -> HttpResponse:
    """Say by which parts of the draft's rule somebody is meant."""
    if not request.user.has_perm(CUSTOMERS):
        raise PermissionDenied
    _draft, content = _read(campaign)
    someone = get_object_or_404(Customer, pk=customer)
    whole: Any = None
    try:
        if content is not None and content.segment is not None:
            may_read = request.user.has_perm(PERSONAL)
            rule = content.segment.rule
            whole = explained(rule, someone.pk, is_masked=not may_read)
    except BadRule:
        whole = None
    context = {"whole": whole, "customer": someone}
    return render(request, "admin/panels/why.html", context)


def _read(campaign: int) -> tuple[Draft, Content | None]:
    """Return a draft with what can be read of it."""
    draft = get_object_or_404(Draft, campaign=campaign)
    found = draft_problems.look(draft.content).content
    return draft, read(found) if found else None
