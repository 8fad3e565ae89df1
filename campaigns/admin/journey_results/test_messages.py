"""Every message of a journey sent to oneself at once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from campaigns.admin.journey_results.places import home_of, journey_of, places
from campaigns.journey_rehearsal.rehearse import CannotRehearse, script_of
from campaigns.journey_rehearsal.test_run import path_to, send_all
from campaigns.models import Campaign
from retention_site.lib.admin.pages import person, show


def page(request: HttpRequest, journey: int) -> HttpResponse:
    """Show the messages that would be sent; a post sends them."""
    found = journey_of(journey)
    to = request.POST.get("to", "").strip()[:200] or person(request).email
    sent: dict[str, Any] | None = None
    if request.method == "POST":
        try:
            sent = send_all(found, to, by=person(request))
        except CannotRehearse as error:
            messages.error(request, str(error))
    context = {
        "title": _("Test messages of %(journey)s") % {"journey": found},
        "journey": found,
        "home": home_of(found),
        "places": places(request, found),
        "to": to,
        "sent": sent,
        "steps": _steps(found),
    }
    return show(
        request, admin.site, "admin/campaigns/journey_results/test.html", context
    )


def _steps(journey: Campaign) -> list[dict[str, Any]]:
    """Return each message step with the way that leads to it."""
    try:
        script = script_of(journey)
    except CannotRehearse:
        return []
    return [
        {
            "step": script.graph.places[number].key,
            "channels": content.channels_of(content.arms[0]),
            "path": path_to(script.graph, number),
        }
        for number, content in sorted(script.messages.items())
    ]
