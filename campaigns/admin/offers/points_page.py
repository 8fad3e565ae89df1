"""The page of points: what is open and what it may cost, the rules, the latest entries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.admin.offers.points_documents import saved, sentence_of, typed_number
from campaigns.content import points_terms
from campaigns.content.points_terms import BadCampaign, EarnRule, PointsTerms, document
from campaigns.models import PointsMovement
from campaigns.offers.points import programme, statements
from campaigns.offers.points.points_traits import SOON_DAYS
from profiles.admin.rights import CUSTOMERS
from retention_site.lib.admin.pages import show
from retention_site.lib.admin.words import count, money
from retention_site.lib.clock import now

VIEW, CHANGE = "campaigns.view_pointsprogramme", "campaigns.change_pointsprogramme"
SHOWN = 20
NUMBERS = ("value", "pending_days", "expires_days")


def page(request: HttpRequest) -> HttpResponse:
    """Show points; POST changes what holds for all of them."""
    problem = None
    row = programme.newest()
    said = row.terms if row else document(PointsTerms())
    if request.method == "POST":
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        said = _typed(request, said)
        try:
            saved(request, said)
        except BadCampaign as error:
            problem = sentence_of(error)
        else:
            messages.success(request, _("Saved. It holds from now on."))
            return redirect("admin:points")
    at = now()
    standing = statements.standing(at, at + timedelta(days=SOON_DAYS))
    terms = points_terms.read_terms(row.terms) if row else PointsTerms()
    context = {
        "title": _("Points"),
        "row": row,
        "said": said,
        "problem": problem,
        "is_on": row is not None and terms.is_active,
        "standing": standing,
        "worth": statements.valued(standing.points, at, terms.value),
        "currency": settings.SHOP_CURRENCY,
        "soon": SOON_DAYS,
        "rules": [(rule, sentence(rule)) for rule in terms.earn],
        "tiers": terms.tiers,
        "entries": _entries(request),
        "may_change": request.user.has_perm(CHANGE),
    }
    return show(request, admin.site, "admin/campaigns/points/page.html", context)


def sentence(rule: EarnRule) -> str:
    """Say what a rule gives for what."""
    n = ngettext("%(n)s point", "%(n)s points", rule.points)
    said = {"points": n % {"n": count(rule.points)}}
    if rule.kind == points_terms.SPEND:
        said["per"] = money(rule.per, settings.SHOP_CURRENCY)
        words = _("%(points)s for each %(per)s spent") % said
        if named := [*rule.categories, *rule.items]:
            words = _("%(words)s on %(names)s") % {
                "words": words,
                "names": ", ".join(named[:3]) + ("…" if len(named) > 3 else ""),
            }
        return words
    if rule.kind == points_terms.EVENT:
        return _("%(points)s for the event %(event)s") % (said | {"event": rule.event})
    if rule.kind == points_terms.FIRST_ORDER:
        return _("%(points)s for the first order") % said
    return _("%(points)s on the birthday") % said


def _entries(request: HttpRequest) -> list[tuple[PointsMovement, int]]:
    """Return the newest movements with their sign: an award comes in, others go."""
    if not request.user.has_perm(CUSTOMERS):
        return []
    rows = PointsMovement.objects.select_related("customer").order_by("-pk")[:SHOWN]
    award = PointsMovement.Kind.AWARD
    return [(one, one.points if one.kind == award else -one.points) for one in rows]


def _typed(request: HttpRequest, said: dict[str, Any]) -> dict[str, Any]:
    typed = {
        key: typed_number(request.POST.get(key, ""))
        for key in NUMBERS
        if request.POST.get(key, "").strip()
    }
    tiers = said.get("tiers", {}) | {
        "by": request.POST.get("by", points_terms.POINTS),
        "within_days": typed_number(request.POST.get("within_days", "")),
    }
    return said | typed | {"active": "active" in request.POST, "tiers": tiers}
