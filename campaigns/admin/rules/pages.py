"""The page of rules: each with a form, what it changed last week, and who changed it last."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.content import shop_rules
from campaigns.content.message_parts import loud_channels
from campaigns.content.shop_rules import COSTS, HOLDOUT, MARGIN, QUIET, BadRule
from campaigns.delivery.limits import contact_limits
from campaigns.models import ContactLimit, ProviderRate, ShopRule
from profiles.models import Consent
from retention_site.lib.admin.pages import show
from retention_site.lib.admin.words import count, said

from . import effects, reading

MAY = "campaigns.change_shoprule"
USUAL_QUIET = {"start": "21:00", "end": "08:00"}


def page(request: HttpRequest) -> HttpResponse:
    """Show the rules; POST changes one, or says what it would change."""
    tried: dict[str, Any] = {}
    if request.method == "POST":
        if not request.user.has_perm(MAY):
            raise PermissionDenied
        tried, answer = _posted(request)
        if answer is not None:
            return answer
    rows = {one.key: one for one in ShopRule.objects.select_related("changed_by").all()}
    context = {
        "title": _("Rules"),
        "may_change": request.user.has_perm(MAY),
        "rows": rows,
        "quiet": _quiet(tried),
        "holdout": 100 * shop_rules.global_holdout(),
        "margin": 100 * shop_rules.margin(),
        "costs": _costs(),
        "fixed": {key: shop_rules.is_fixed(key) for key in (HOLDOUT, MARGIN, COSTS)},
        "week": effects.last_week(),
        "cost": effects.cost_of_week(),
        "currency": settings.SHOP_CURRENCY,
        "limits": ContactLimit.objects.order_by("channel", "window"),
        "warm_ups": ProviderRate.objects.exclude(warm_up_from=None),
        "topics": _topics(),
        "has_tax": settings.REVENUE_HAS_TAX,
    }
    return show(request, admin.site, "admin/campaigns/rules/page.html", context)


def _posted(request: HttpRequest) -> tuple[dict[str, Any], HttpResponse | None]:
    """Change what was asked for; a trial of quiet hours comes back to the page."""
    verb = request.POST.get("verb", "")
    try:
        if verb == "try_quiet":
            return _tried(_read_quiet(request)[1]), None
        key, value = READ[verb](request)
        reading.change(request, key, value)
        messages.success(request, _("Saved. It holds from the next message on."))
    except (BadRule, ValueError, KeyError) as error:
        words = (
            str(error) if isinstance(error, BadRule) else _("This value can't be read.")
        )
        messages.error(request, words)
    return {}, redirect("admin:rules")


def _tried(value: dict[str, Any]) -> dict[str, Any]:
    checked = shop_rules.CHECKS[QUIET](value)
    if not checked:
        return {}
    n = effects.n_within(
        time.fromisoformat(checked["start"]),
        time.fromisoformat(checked["end"]),
        checked["channels"],
    )
    return {"value": checked, "n": n}


def _quiet(tried: dict[str, Any]) -> dict[str, Any]:
    """Return the quiet hours as the form shows them: what holds, or what was tried."""
    held = shop_rules.quiet_hours()
    now_holds = (
        {
            "start": f"{held.start:%H:%M}",
            "end": f"{held.end:%H:%M}",
            "channels": sorted(held.channels),
        }
        if held
        else {}
    )
    shown = tried.get("value") or now_holds
    chosen = shown.get("channels") or loud_channels()
    return {
        "is_on": bool(now_holds),
        "start": shown.get("start", USUAL_QUIET["start"]),
        "end": shown.get("end", USUAL_QUIET["end"]),
        "channels": [
            (key, said(key), key in chosen) for key in contact_limits.channels()
        ],
        "tried": count(tried["n"]) if tried else "",
        "words": f"{held.start:%H:%M}–{held.end:%H:%M}" if held else "",
    }


def _costs() -> list[tuple[str, str, float]]:
    costs = shop_rules.send_costs()
    return [(key, said(key), costs.get(key, 0.0)) for key in contact_limits.channels()]


def _topics() -> list[str]:
    topics = Consent.objects.exclude(topic="").values_list("topic", flat=True)
    return sorted(topics.distinct()[:50])


def _read_quiet(request: HttpRequest) -> tuple[str, Any]:
    return QUIET, {
        "start": request.POST.get("start", ""),
        "end": request.POST.get("end", ""),
        "channels": request.POST.getlist("channels"),
    }


def _read_holdout(request: HttpRequest) -> tuple[str, float]:
    return HOLDOUT, reading.percent(request, "holdout")


def _read_margin(request: HttpRequest) -> tuple[str, float]:
    return MARGIN, reading.percent(request, "margin")


def _read_costs(request: HttpRequest) -> tuple[str, dict[str, float]]:
    return COSTS, {
        key: (
            float(reading.number(request, f"cost_{key}"))
            if request.POST.get(f"cost_{key}")
            else 0.0
        )
        for key in contact_limits.channels()
    }


READ = {
    "off": lambda _request: (QUIET, {}),
    "quiet": _read_quiet,
    "holdout": _read_holdout,
    "margin": _read_margin,
    "costs": _read_costs,
}
