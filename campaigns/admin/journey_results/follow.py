"""One customer's way through a journey, step by step, with the reasons."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from campaigns.admin.journey_results.places import home_of, journey_of, places
from campaigns.journey_rehearsal.follow import follow_in_the_past
from campaigns.journey_rehearsal.rehearse import CannotRehearse
from campaigns.lifecycle.preview import customer_named
from campaigns.models import Campaign, JourneyEnrolment
from campaigns.proof.journeys.follow import follow
from profiles.admin.rights import PERSONAL
from profiles.models import Customer
from retention_site.lib.admin.pages import show
from retention_site.lib.clock import now

RECENT = 12  # customers that are offered where nobody was searched


def page(request: HttpRequest, journey: int) -> HttpResponse:
    """Show the way of the customer who is asked for."""
    found, asked = journey_of(journey), request.GET.get("customer", "").strip()[:200]
    may_search = "@" not in asked or request.user.has_perm(PERSONAL)
    customer = customer_named(asked) if asked and may_search else None
    is_rehearsed = request.GET.get("past") == "1" or not found.publications.exists()
    context: dict[str, Any] = {
        "title": _("Follow a customer through %(journey)s") % {"journey": found},
        "journey": found,
        "home": home_of(found),
        "places": places(request, found),
        "asked": asked,
        "customer": customer,
        "is_rehearsed": is_rehearsed,
        "is_published": found.publications.exists(),
        "nobody": bool(asked) and customer is None,
        "recent": _recent(found),
        **(_followed(found, customer, is_rehearsed=is_rehearsed) if customer else {}),
    }
    return show(
        request, admin.site, "admin/campaigns/journey_results/follow.html", context
    )


def _followed(
    journey: Campaign, customer: Customer, *, is_rehearsed: bool
) -> dict[str, Any]:
    if not is_rehearsed:
        return {"followed": follow(journey, customer)}
    try:
        return {"followed": follow_in_the_past(journey, customer, now())}
    except CannotRehearse as error:
        return {"why_not": str(error)}


def _recent(journey: Campaign) -> list[str]:
    """Return the ids of those who entered last."""
    rows = JourneyEnrolment.objects.filter(journey=journey).order_by("-pk")
    ids = rows.values_list("customer__external_id", flat=True)[: 3 * RECENT]
    return list(dict.fromkeys(ids))[:RECENT]
