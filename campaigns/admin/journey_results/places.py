"""The pages about one journey, as a row of links that each of them shows."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from profiles.admin.rights import CUSTOMERS
from retention_site.lib.admin.pages import link

CHANGE = "campaigns.change_campaign"
VIEW = "campaigns.view_campaign"


@dataclass(frozen=True)
class Place:
    """One page: its name, where it is, whether one stands on it."""

    name: str
    url: str
    is_here: bool


def journey_of(pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.journeys(), pk=pk)


def places(request: HttpRequest, journey: Campaign) -> list[Place]:
    """Return the pages that this person may open."""
    may = request.user.has_perms
    wanted = [
        (_("Rehearsal"), "rehearse", may([CHANGE, CUSTOMERS])),
        (_("Follow a customer"), "follow", may([VIEW, CUSTOMERS])),
        (_("What it changed"), "report", may([VIEW])),
        (_("Test messages"), "test", may([CHANGE])),
    ]
    found = [
        (name, reverse(f"admin:campaigns_journey_{page}", args=[journey.pk]))
        for name, page, is_allowed in wanted
        if is_allowed
    ]
    return [Place(name, url, request.path == url) for name, url in found]


def home_of(journey: Campaign) -> str:
    """Return the journey's own page, or nothing while there is none."""
    try:
        return reverse("admin:campaigns_journey_change", args=[journey.pk])
    except NoReverseMatch:
        return link(journey)
