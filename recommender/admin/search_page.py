"""Try a query: type words as a customer would, see what the shop would show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.models import Item
from recommender import serving
from recommender.vectors import current
from recommender.vectors.encoding import prepare_for_queries
from retention_site.lib.admin.pages import show

SHOWN = 12
RISING = 8
HOW = {
    "": gettext_lazy("found by meaning"),
    "no_model": gettext_lazy("found by words: no texts have been encoded yet"),
    "slow_model": gettext_lazy("found by words: the model in use runs in workers only"),
    "unreadable": gettext_lazy("found by words: the shop's model can't read this"),
}


@dataclass(frozen=True)
class ItemLine:
    """One item as it is drawn."""

    item: Item | None
    item_id: str
    share: float  # 0–100 of the best
    reason: str = ""


def page(request: HttpRequest) -> HttpResponse:
    """The box, and beside it what rises; the query may stand in the address."""
    prepare_for_queries()
    context = {
        "title": _("Try a query"),
        "query": request.GET.get("q", ""),
        "space": current(),
    }
    return show(request, admin.site, "admin/recommender/find/page.html", context)


def found(request: HttpRequest) -> HttpResponse:
    """The items that answer a query; fetched while one types."""
    text, began = request.GET.get("q", "").strip(), perf_counter()
    answer = serving.search(text, SHOWN) if text else None
    facts = {
        "query": text,
        "lines": lines(answer.items) if answer else [],
        "how": HOW[answer.why] if answer else "",
        "is_by_meaning": bool(answer and not answer.why),
        "milliseconds": round(1000 * (perf_counter() - began)),
    }
    return render(request, "admin/recommender/find/found.html", facts)


def rising(request: HttpRequest) -> HttpResponse:
    """What sells better lately; read from the history, so it is fetched by itself."""
    found = serving.trending(RISING)
    words = {one.item_id: one.reason for one in found}
    return render(
        request,
        "admin/recommender/find/rising.html",
        {
            "lines": lines(((one.item_id, one.score) for one in found), words),
        },
    )


def lines(
    pairs: Iterable[tuple[str, float]], reasons: dict[str, str] | None = None
) -> list[ItemLine]:
    """Look the items up, all at once, and measure each by the best."""
    pairs = list(pairs)
    items = {
        item.external_id: item
        for item in Item.objects.filter(external_id__in=[item for item, _s in pairs])
    }
    most = max((score for _item, score in pairs), default=0) or 1
    return [
        ItemLine(
            items.get(item),
            item,
            round(max(100 * score / most, 0), 1),
            (reasons or {}).get(item, ""),
        )
        for item, score in pairs
    ]
