"""The dialog before messages may leave: who gets them, who is held out, what coupons may
cost, and what speaks against it. For a run, and for arming a trigger.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.content.mapping_reader import BadCampaign
from campaigns.models import Campaign, CampaignVersion
from campaigns.planning.launch_guard import GUARDED, look_ahead
from retention_site.lib.admin.pages import Verb, link, show


def ask(request: HttpRequest, campaign: int) -> HttpResponse:
    """Show the numbers of a launch now, as a page or, fetched, as what goes into a dialog."""
    found = get_object_or_404(Campaign.objects.ours(), pk=campaign)
    verb, version = _verb(request, found, "run"), found.approved_version
    if verb is None or version is None:
        return redirect(link(found))
    return _page(request, verb, version, _("Run now"), "run")


def ask_to_arm(request: HttpRequest, campaign: int) -> HttpResponse:
    """Show what the trigger that waits for approval would have come to in a week."""
    found = get_object_or_404(Campaign.objects.ours(), pk=campaign)
    verb = _verb(request, found, "approve")
    version = found.versions.filter(state=CampaignVersion.State.IN_REVIEW).first()
    if verb is None or version is None:
        return redirect(link(found))
    return _page(request, verb, version, verb.label, "arm")


def _verb(request: HttpRequest, campaign: Campaign, key: str) -> Verb | None:
    pages: Any = admin.site._registry[Campaign]
    verbs = pages.verbs(request, campaign)
    return next((one for one in verbs if one.key == key), None)


def _page(
    request: HttpRequest, verb: Verb, version: CampaignVersion, title: str, name: str
) -> HttpResponse:
    campaign = version.campaign
    seen, problem = None, verb.why_not
    try:
        seen = None if problem else look_ahead(version)
    except BadCampaign as error:
        problem = str(error)
    do = reverse("admin:campaigns_campaign_do", args=[campaign.pk, verb.key])
    dialog = f"admin/campaigns/campaign/{name}_dialog.html"
    context = {
        "title": title,
        "object": campaign,
        "verb": verb,
        "version": version,
        "outlook": seen,
        "why_not": problem,
        "wants_word": bool(seen and any(one.kind in GUARDED for one in seen.warnings)),
        "do": do,
        "once": secrets.token_hex(8),
        "dialog": dialog,
    }
    if request.headers.get("X-Dialog"):
        return render(request, dialog, context)
    return show(request, admin.site, "admin/campaigns/campaign/run.html", context)
