"""The form of a coupon pool: the same schema as a campaign file's and the API's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.content import pool_terms
from campaigns.content.mapping_reader import BadCampaign, Section
from campaigns.models import CouponPool
from campaigns.offers import pools
from campaigns.offers.pools import PoolError
from retention_site.lib.admin.pages import link, show

ADD, CHANGE = "campaigns.add_couponpool", "campaigns.change_couponpool"
NUMBERS = (
    "cap",
    "budget",
    "value",
    "percent",
    "points",
    "minimum_spend",
    "per_customer",
    "valid_days",
)
TEXTS = ("name", "currency", "kind", "codes", "code", "gift_item", "starts", "ends")
LISTS = ("categories", "items")
FLAGS = ("first_order", "stackable")
# where a sentence about a key stands in the form; others stand above it
USUAL = {"kind": "amount", "codes": "generated", "valid_days": "28", "cap": "500"}
ONLY_WITH = {
    "percent": pool_terms.PERCENT,
    "points": pool_terms.POINTS,
    "gift_item": pool_terms.GIFT,
}


@dataclass(frozen=True)
class Problem:
    """What can't be so, and the field that it is about."""

    key: str
    sentence: str


def new(request: HttpRequest) -> HttpResponse:
    """Ask for a pool and make it."""
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    empty = dict.fromkeys((*TEXTS, *NUMBERS, *LISTS), "")
    usual = {**empty, **USUAL, "currency": settings.SHOP_CURRENCY}
    return _page(request, None, usual)


def edit(request: HttpRequest, pool: int) -> HttpResponse:
    """Change a pool that was made by hand: a campaign's is changed by its approval."""
    found = get_object_or_404(CouponPool, pk=pool)
    if found.campaign_id is not None:
        messages.warning(
            request, _("Its campaign changes this pool: edit the campaign.")
        )
        return redirect(link(found))
    return _page(request, found, _held(found))


def _page(
    request: HttpRequest, pool: CouponPool | None, shown: dict[str, Any]
) -> HttpResponse:
    problem = None
    if request.method == "POST":
        shown = _typed(request)
        try:
            saved = _save(pool, shown)
        except (BadCampaign, PoolError) as error:
            key, _colon, sentence = str(error).partition(": ")
            problem = Problem(key, sentence or key)
        else:
            messages.success(request, _("Saved."))
            return redirect(link(saved))
    title = pool.name if pool else _("New coupon pool")
    lists = reverse("admin:campaigns_couponpool_changelist")
    above = [(_("Coupons"), lists), *([(pool.name, link(pool))] if pool else [])]
    context = {
        "title": _("Edit") if pool else title,
        "heading": title,
        "crumbs": above,
        "pool": pool,
        "said": shown,
        "problem": problem,
        "kinds": CouponPool.Kind.choices,
        "codes": CouponPool.Codes.choices,
        "back": link(pool) if pool else lists,
    }
    return show(request, admin.site, "admin/campaigns/couponpool/form.html", context)


def _save(pool: CouponPool | None, typed: dict[str, Any]) -> CouponPool:
    raw = _raw(typed)
    if pool is not None:
        raw["name"] = pool.name
    terms = Section(raw).through(
        lambda section: pool_terms.read_terms(section, settings.SHOP_CURRENCY)
    )
    if pool is not None:
        return pools.change(pool, terms)
    if CouponPool.objects.filter(name=terms.name).exists():
        raise PoolError(_("name: there is a pool of this name already."))
    return pools.save(terms)


def _typed(request: HttpRequest) -> dict[str, Any]:
    typed: dict[str, Any] = {
        key: request.POST.get(key, "").strip() for key in (*TEXTS, *NUMBERS, *LISTS)
    }
    return typed | {key: key in request.POST for key in FLAGS}


def _raw(typed: dict[str, Any]) -> dict[str, Any]:
    """Turn what was typed into the keys of the schema, empty fields left out."""
    raw: dict[str, Any] = {key: typed[key] for key in TEXTS if typed[key]}
    for key in NUMBERS:
        if typed[key]:
            raw[key] = _number(typed[key])
    for key in LISTS:
        raw[key] = [one.strip() for one in typed[key].split(",") if one.strip()]
    raw |= {key: typed[key] for key in FLAGS}
    kind = typed["kind"]
    for key, of_kind in ONLY_WITH.items():
        if kind != of_kind:
            raw.pop(key, None)
    if typed["codes"] != pool_terms.SHARED:
        raw.pop("code", None)
    return raw


def _number(typed: str) -> Any:
    plain = typed.replace(",", ".") if typed.count(",") == 1 else typed
    try:
        whole = float(plain)
    except ValueError:
        return typed  # the schema says that it is no number
    return int(whole) if whole.is_integer() and "." not in plain else whole


def _held(pool: CouponPool) -> dict[str, Any]:
    held: dict[str, Any] = {
        key: _plain(getattr(pool, key)) for key in NUMBERS if key != "points"
    }
    return held | {
        "points": _plain(pool.points),
        "name": pool.name,
        "currency": pool.currency,
        "kind": pool.kind,
        "codes": pool.codes,
        "code": pool.shared_code,
        "gift_item": pool.gift_item,
        "starts": _local(pool.starts_at),
        "ends": _local(pool.ends_at),
        "categories": ", ".join(pool.categories),
        "items": ", ".join(pool.items),
        "first_order": pool.is_first_order,
        "stackable": pool.is_stackable,
    }


def _plain(value: Any) -> str:
    return "" if value is None else f"{value}".removesuffix(".00")


def _local(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}" if moment else ""
