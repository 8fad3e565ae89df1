"""What reviews say: aspects by praise and complaint, what changed, in customers' words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.admin.rights import CUSTOMERS, PERSONAL
from profiles.models import Item, Job, ReviewReading
from profiles.reviews import job
from profiles.reviews.insights import Aspect, Insights, insights
from profiles.reviews.labels import label
from retention_site.lib import clock
from retention_site.lib.admin.pages import show
from retention_site.lib.admin.panels import Panel
from retention_site.lib.admin.words import points

DAYS = {
    30: gettext_lazy("30 days"),
    90: gettext_lazy("90 days"),
    365: gettext_lazy("A year"),
}
USUAL = 90
MAY_READ = "profiles.add_importfile"  # to have new reviews read now
MOST_CATEGORIES = 200


@dataclass(frozen=True)
class Row:
    """One aspect as it is drawn."""

    aspect: Aspect
    name: str
    change: str  # how many points more complain than before; empty where unknown
    look: str  # its colour, where the change is more than chance


def page(request: HttpRequest) -> HttpResponse:
    """The shop's reviews, or those of a category; POST has new ones read."""
    if request.method == "POST":
        return _read_now(request)
    days = _days(request)
    categories = _categories()
    said = request.GET.get("category", "")
    category = said if said in categories else ""
    found = insights(
        clock.now(),
        category=category,
        days=days,
        with_quotes=may_quote(request),
    )
    context = {
        "title": _("Reviews"),
        "found": found,
        "rows": rows(found),
        "changed": [row for row in rows(found) if row.aspect.has_changed],
        "category": category,
        "categories": categories,
        "days": days,
        "periods": [(n, words, n == days) for n, words in DAYS.items()],
        "may_read": request.user.has_perm(MAY_READ),
        "running": Job.objects.live().filter(kind=job.KIND).first(),
        "last": ReviewReading.objects.order_by("-read_at").first(),
    }
    return show(request, admin.site, "admin/profiles/reviews.html", context)


def panel(item: Item) -> Panel | None:
    """What a year's reviews say of one item."""
    found = insights(clock.now(), item=item.external_id, days=365, with_quotes=False)
    if not found.aspects:
        return None
    return Panel("admin/panels/reviews.html", facts={"rows": rows(found)})


def rows(found: Insights) -> list[Row]:
    """Return the aspects with their words."""
    made = []
    for one in found.aspects:
        look = ("bad" if (one.change or 0) > 0 else "good") if one.has_changed else ""
        change = "" if one.p is None else points(one.change, 1, sign=True)
        made.append(Row(one, label(one.aspect), change, look))
    return made


def may_quote(request: HttpRequest) -> bool:
    """Say whether customers' own words may be shown."""
    return request.user.has_perms((CUSTOMERS, PERSONAL))


def _read_now(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(MAY_READ):
        raise PermissionDenied
    user: Any = request.user
    job.start_now(user)
    messages.success(request, _("New reviews are being read."))
    return redirect("admin:reviews")


def _days(request: HttpRequest) -> int:
    said = request.GET.get("days", "")
    return int(said) if said in {str(n) for n in DAYS} else USUAL


def _categories() -> list[str]:
    """Return the categories of items that reviews speak of, every level of them."""
    reviewed = ReviewReading.objects.exclude(item_id="").values("item_id")
    paths = (
        Item.objects.filter(external_id__in=reviewed)
        .exclude(category="")
        .order_by("category")
        .values_list("category", flat=True)
        .distinct()[:MOST_CATEGORIES]
    )
    found: dict[str, None] = {}
    for path in paths:
        levels = path.split(">")
        for depth in range(1, len(levels) + 1):
            found[">".join(levels[:depth]).strip()] = None
    return list(found)
