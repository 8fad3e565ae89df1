"""Who of a campaign's audience is offered what, why, and what it costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import Content
from campaigns.content.parse import read
from campaigns.lifecycle.offer_outlook import OfferOutlook, outlook
from campaigns.models import Campaign, Coupon, Message
from profiles import history
from profiles.admin.rights import CUSTOMERS
from profiles.models import Customer
from retention_site.lib.admin.pages import link, show
from retention_site.lib.admin.words import count

SHOWN = 20
MONEY = Decimal(0)


def page(request: HttpRequest, campaign: int) -> HttpResponse:
    """Show what a launch would offer, and what was offered so far."""
    found = get_object_or_404(Campaign, pk=campaign)
    version = found.approved_version or found.versions.order_by("-number").first()
    content, seen, problem = None, None, ""
    if version is not None:
        try:
            content = read(version.content)
            seen = outlook(content) if _can_look(content) else None
        except BadCampaign as error:
            problem = str(error)
    sees_people = request.user.has_perm(CUSTOMERS)
    context = {
        "title": _("Who gets what"),
        "crumbs": [(found.name, link(found))],
        "campaign": found,
        "offer": content.offer if content else None,
        "problem": problem,
        "seen": seen,
        "people": _people(seen) if sees_people else {},
        "given": _given(found),
        "latest": _latest(found) if sees_people else [],
        "learning": _learning(found, content) if content and content.offer else "",
    }
    return show(request, admin.site, "admin/campaigns/campaign/offers.html", context)


def _can_look(content: Content) -> bool:
    """A segment's rule is asked of the history, which has to be there."""
    return content.segment is None or history.freshness().refreshed_at is not None


def _people(seen: OfferOutlook | None) -> dict[int, Customer]:
    named = [one.customer for one in seen.values] if seen else []
    return Customer.objects.in_bulk(named)


def _given(campaign: Campaign) -> list[dict[str, Any]]:
    """Return what coupons of the campaign's pools became, by value."""
    is_used = Q(redeemed_at__isnull=False)
    cost = Coalesce(F("discount"), F("value"))
    rows = Coupon.objects.filter(pool__campaign=campaign, customer__isnull=False)
    by_value = rows.values("value", "pool__currency").annotate(
        n=Count("pk"),
        n_redeemed=Count("pk", filter=is_used),
        cost=Coalesce(Sum(cost, filter=is_used), MONEY),
        orders=Coalesce(Sum("order_value", filter=is_used), MONEY),
    )
    return [{**row} for row in by_value.order_by("value")]


def _latest(campaign: Campaign) -> list[tuple[Coupon, str]]:
    """Return the newest coupons, each with the sentence that its message keeps."""
    rows = Coupon.objects.filter(pool__campaign=campaign, customer__isnull=False)
    coupons = list(rows.select_related("customer", "pool").order_by("-pk")[:SHOWN])
    keys = [one.grant_key for one in coupons]
    told = Message.objects.filter(dedupe_key__in=keys)
    why = dict(told.values_list("dedupe_key", "why"))
    return [(one, why.get(one.grant_key, "")) for one in coupons]


def _learning(campaign: Campaign, content: Content) -> str:
    """Say honestly whether values could be learnt from what happened."""
    offers = [content.value_policy_of(arm) for arm in content.arms if arm.offer]
    is_by_lot = len(content.arms) > 1 and any(one != offers[0] for one in offers[1:])
    if not is_by_lot:
        return _(
            "A rule chooses each value. To learn which value pays, give two arms"
            " different values: chance then draws who gets which."
        )
    n = Message.objects.filter(campaign=campaign, is_held_out=False).exclude(arm="")
    drawn = n.count()
    words = ngettext(
        "Chance drew the value of %(n)s customer so far; Results compares the arms.",
        "Chance drew the values of %(n)s customers so far; Results compares the arms.",
        drawn,
    )
    return words % {"n": count(drawn)}
