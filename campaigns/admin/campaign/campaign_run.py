"""The dialog before a run: who gets it, who is held out, what coupons may cost, and what speaks against it."""

from __future__ import annotations

import secrets

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from retention_site.lib.admin.pages import link, show


def ask(request: HttpRequest, campaign: int) -> HttpResponse:
    """Show the numbers of a launch now, as a page or, fetched, as what goes into a dialog."""
    from campaigns.content.mapping_reader import BadCampaign
    from campaigns.planning.launch_guard import GUARDED
    from campaigns.planning.launch_warnings import (
        outlook,
    )  # the planning core: only this page pays for it

    found = get_object_or_404(Campaign.objects.ours(), pk=campaign)
    pages = admin.site._registry[Campaign]
    verb = next((one for one in pages.verbs(request, found) if one.key == "run"), None)  # type: ignore[attr-defined]
    version = found.approved_version
    if verb is None or version is None:
        return redirect(link(found))
    seen, problem = None, verb.why_not
    try:
        seen = None if problem else outlook(version)
    except BadCampaign as error:
        problem = str(error)
    context = {
        "title": _("Run now"),
        "object": found,
        "verb": verb,
        "version": version,
        "outlook": seen,
        "why_not": problem,
        "wants_word": bool(seen and any(one.kind in GUARDED for one in seen.warnings)),
        "act_url": reverse(
            "admin:campaigns_campaign_do", args=[found.pk, "run"]
        ).removesuffix("run/"),
        "once": secrets.token_hex(8),
    }
    if request.headers.get("X-Dialog"):
        return render(request, "admin/campaigns/campaign/run_dialog.html", context)
    return show(request, admin.site, "admin/campaigns/campaign/run.html", context)
