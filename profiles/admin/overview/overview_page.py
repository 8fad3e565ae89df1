"""The customers at a glance: the RFM grid, where they stand in their life as customers,
which groups they form.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from profiles import history
from profiles.models import CustomerGroup
from retention_site.lib.admin.pages import show

FIFTHS = range(1, 6)
STAGES = ("new", "active", "lapsing", "lapsed")


@dataclass(frozen=True)
class Cell:
    """Customers of one fifth by recency and one by frequency; ``heat`` is 0–100."""

    key: str
    n: int
    heat: int


def page(request: HttpRequest) -> HttpResponse:
    """The frame; what is read from the history is fetched by itself."""
    groups = CustomerGroup.objects.filter(is_current=True).order_by("number")
    context = {
        "title": _("Overview"),
        "groups": groups,
        "n_grouped": sum(group.n_customers for group in groups),
    }
    return show(request, admin.site, "admin/profiles/customer/overview.html", context)


def cards(request: HttpRequest) -> HttpResponse:
    """RFM grid and lifecycle, from the history's portraits."""
    counted = counts(("rfm", "lifecycle"))
    rfm, lifecycle = counted.get("rfm", Counter()), counted.get("lifecycle", Counter())
    return render(
        request,
        "admin/panels/overview/shape.html",
        {
            "grid": grid(rfm),
            "n_bought": sum(rfm.values()),
            "fifths": FIFTHS,
            "lifecycle": staged(lifecycle),
            "n_alive": sum(lifecycle.values()),
        },
    )


def counts(keys: tuple[str, ...]) -> dict[str, Counter[str]]:
    """Count customers by the values of traits; a trait that was not drawn yet is left
    out.
    """
    if history.freshness().refreshed_at is None:
        return {}
    portraits = history.tables().portraits
    drawn = [key for key in keys if key in portraits.columns]
    return {key: _count(portraits, key) for key in drawn}


def grid(rfm: Counter[str]) -> list[tuple[int, list[Cell]]]:
    """Return rows of recency, the best fifth first, with a cell for each fifth of
    frequency; money is summed over.
    """
    sums: Counter[str] = Counter()
    for cell, n in rfm.items():
        sums[cell[:2]] += n
    most = max(sums.values(), default=0) or 1
    return [
        (r, [_cell(f"{r}{f}", sums, most) for f in FIFTHS]) for r in reversed(FIFTHS)
    ]


def staged(lifecycle: Counter[str]) -> list[tuple[str, int]]:
    """Return the stages in the order in which a customer passes through them."""
    places = {stage: place for place, stage in enumerate(STAGES)}
    return sorted(lifecycle.items(), key=lambda pair: places.get(pair[0], len(places)))


def _cell(key: str, sums: Counter[str], most: int) -> Cell:
    return Cell(key, sums[key], round(100 * sums[key] / most))


def _count(portraits: Any, key: str) -> Counter[str]:
    known = portraits.filter(portraits[key].notnull())
    rows = (
        known.group_by(value=known[key])
        .aggregate(n=known.count())
        .to_pyarrow()
        .to_pylist()
    )
    return Counter({str(row["value"]): row["n"] for row in rows})
