"""The brake's page: what stands still by itself and why, one button to go on, the
figures of now, and the limits.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from campaigns.content import shop_rules
from campaigns.content.shop_rules import BRAKE, BadRule
from campaigns.delivery.limits import brake, brake_words
from campaigns.delivery.limits.sending_figures import FEWEST, Figure, figures
from campaigns.lifecycle import campaign_state
from campaigns.models import Brake, Campaign
from retention_site.lib.admin.pages import note_act, person, show

from . import reading

MAY_GO_ON = "campaigns.change_campaign"
MAY_CHANGE = "campaigns.change_shoprule"
SHOWN = 30
SHARES = ("complaints", "bounces", "unsubscribes")


def page(request: HttpRequest) -> HttpResponse:
    """Show the brake; POST lets something go on, or changes the limits."""
    if request.method == "POST":
        return _posted(request)
    pulled = Brake.objects.select_related("campaign", "released_by")
    limits = shop_rules.brake()
    context = {
        "title": _("Brake"),
        "open": [
            (one, brake_words.why(one)) for one in pulled.filter(released_at=None)
        ],
        "over": [
            (one, brake_words.why(one))
            for one in pulled.exclude(released_at=None).order_by("-pulled_at")[:SHOWN]
        ],
        "figures": _figures(),
        "fewest": FEWEST,
        "limits": limits,
        "shares": [
            (name, Brake.Kind(name).label, 100 * limits.of(name)) for name in SHARES
        ],
        "may_go_on": request.user.has_perm(MAY_GO_ON),
        "may_change": request.user.has_perm(MAY_CHANGE),
        "row": shop_rules.row(BRAKE),
    }
    return show(request, admin.site, "admin/campaigns/rules/brake.html", context)


def _figures() -> list[tuple[str, Figure]]:
    """Return what is known now, all marketing first, with the campaign's name."""
    found = figures()
    names = dict(
        Campaign.objects.filter(pk__in={one.campaign for one in found}).values_list(
            "pk", "name"
        )
    )
    all_marketing = _("All marketing")
    ranked = sorted(
        found,
        key=lambda one: (one.campaign is not None, -one.at_least / one.limit),
    )
    return [
        (names.get(one.campaign or 0, all_marketing), one) for one in ranked[:SHOWN]
    ]


def _posted(request: HttpRequest) -> HttpResponse:
    verb = request.POST.get("verb", "")
    if verb == "go_on":
        return _go_on(request)
    if not request.user.has_perm(MAY_CHANGE):
        raise PermissionDenied
    try:
        reading.change(request, BRAKE, _read(request))
        messages.success(request, _("Saved. It holds within ten seconds."))
    except BadRule as error:
        messages.error(request, str(error))
    return redirect("admin:brake")


def _go_on(request: HttpRequest) -> HttpResponse:
    """Let a campaign, or all marketing, go on: a person decides it, nothing else does."""
    if not request.user.has_perm(MAY_GO_ON):
        raise PermissionDenied
    one = get_object_or_404(
        Brake.objects.select_related("campaign"), pk=reading.whole(request, "brake")
    )
    facts: dict[str, Any] = {"brake": str(one), "released": one.released_at is not None}
    if one.released_at is not None:
        messages.warning(request, _("It went on already."))
    elif one.campaign is None:
        brake.release_all_marketing(by=person(request))
        messages.success(request, _("All marketing goes on."))
    else:
        try:
            campaign_state.resume(one.campaign, by=person(request))
            messages.success(request, _("The campaign goes on."))
        except campaign_state.CannotChange as refusal:
            messages.error(request, str(refusal))
    note_act(request, before=facts, after={**facts, "released": True})
    return redirect("admin:brake")


def _read(request: HttpRequest) -> dict[str, Any]:
    shares = {name: reading.percent(request, name) for name in SHARES}
    volume = float(reading.number(request, "volume"))
    return {**shares, "volume": volume, "is_on": bool(request.POST.get("is_on"))}
