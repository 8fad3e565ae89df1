"""Retention: who came back of all who began together, as a heat table and as curves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from profiles import history
from profiles.portraits.cohorts import Reading, cohorts
from retention_site.lib import clock
from retention_site.lib.admin.pages import show
from retention_site.lib.admin.words import count, day, rate

from .kept import kept

SHOWN_CURVES = 4  # of the newest cohorts beside the whole
READINGS = {
    "exact": gettext_lazy("in exactly that week"),
    "bracket": gettext_lazy("within brackets of days"),
    "unbounded": gettext_lazy("in that week or later"),
}
EXPLAINED = {
    "exact": gettext_lazy(
        "A cell counts who came back in exactly that week after the beginning."
    ),
    "bracket": gettext_lazy(
        "A cell counts who came back at least once within those days after the"
        " beginning."
    ),
    "unbounded": gettext_lazy(
        "A cell counts who came back in that week or any later one: who is not lost"
        " yet."
    ),
}
BY = {"month": gettext_lazy("by month"), "week": gettext_lazy("by week")}
WHAT = {"purchase": gettext_lazy("purchases"), "": gettext_lazy("anything they did")}


@dataclass(frozen=True)
class Cell:
    """One share; ``heat`` is 0–100, ``words`` are empty where it is not known yet."""

    words: str
    heat: float
    title: str


@dataclass(frozen=True)
class Row:
    """One cohort."""

    name: str
    n: int
    is_first: bool
    cells: list[Cell]


def page(request: HttpRequest) -> HttpResponse:
    """The frame with its choices; the table is read from the history and fetched by
    itself.
    """
    asked = chosen(request)
    return show(
        request,
        admin.site,
        "admin/profiles/cohorts.html",
        {
            "title": _("Retention"),
            "explained": EXPLAINED[asked["reading"]],
            "address": f"{reverse('cohorts-card')}?{urlencode(asked)}",
            "choices": [
                choices(asked, name, words)
                for name, words in (("reading", READINGS), ("by", BY), ("what", WHAT))
            ],
        },
    )


def card(request: HttpRequest) -> HttpResponse:
    """Heat table and curves."""
    asked = chosen(request)
    if history.freshness().refreshed_at is None:
        return render(request, "admin/panels/overview/cohorts.html", {})
    reading, by, what = (asked[name] for name in ("reading", "by", "what"))
    found = kept(
        f"cohorts:{reading}:{by}:{what}",
        lambda: cohorts(Reading(reading), by=by, what=what, as_of=clock.now()),
    )
    names = [period_name(one, asked["reading"]) for one in found.periods]
    return render(
        request,
        "admin/panels/overview/cohorts.html",
        {
            "unit": (
                "" if asked["reading"] == "bracket" else _("weeks after the beginning")
            ),
            "rows": rows(found, asked["by"]),
            "periods": names,
            "chart": chart(found, names, asked["by"]),
            "overall": cells(
                found.retention.overall, found.retention.n_overall.tolist()
            ),
            "is_made": True,
            "n": sum(one.n for one in found.cohorts),
            "has_first": any(one.is_first for one in found.cohorts),
        },
    )


def chosen(request: HttpRequest) -> dict[str, str]:
    """Return what is asked for; anything unknown is the usual."""
    known = {"reading": READINGS, "by": BY, "what": WHAT}
    said = {
        name: request.GET.get(name, next(iter(values)))
        for name, values in known.items()
    }
    return {
        name: value if value in known[name] else next(iter(known[name]))
        for name, value in said.items()
    }


def choices(
    asked: dict[str, str], name: str, words: Mapping[str, Promise]
) -> list[tuple[str, Promise, bool]]:
    """Return the address, words and state of every value of one choice."""
    return [
        (f"?{urlencode(asked | {name: value})}", said, asked[name] == value)
        for value, said in words.items()
    ]


def rows(found: Any, by: str) -> list[Row]:
    """Return a row for every cohort that has somebody."""
    kept = zip(found.cohorts, found.retention.rates, strict=True)
    return [
        Row(
            cohort_name(one, by),
            one.n,
            one.is_first,
            cells(rates, [one.n] * len(rates)),
        )
        for one, rates in kept
        if one.n
    ]


def cells(rates: Any, whole: list[int]) -> list[Cell]:
    """Write shares out; those that are not known yet stay empty."""
    return [_cell(float(share), n) for share, n in zip(rates, whole, strict=True)]


def chart(found: Any, names: list[str], by: str) -> dict[str, Any] | None:
    """What charts.js draws: the whole in bold, the newest cohorts beside it; a curve
    ends where it is censored.
    """
    if not found.cohorts:
        return None
    newest = [
        (one, rates)
        for one, rates in zip(found.cohorts, found.retention.rates, strict=True)
        if one.n and not one.is_first and _values(rates)[1:2] != [None]
    ][-SHOWN_CURVES:]
    curves = [
        {"label": cohort_name(one, by), "values": _values(rates)}
        for one, rates in newest
    ]
    whole = {
        "label": _("all cohorts"),
        "values": _values(found.retention.overall),
        "is_bold": True,
    }
    return {"labels": names, "series": [*curves, whole]}


def cohort_name(cohort: Any, by: str) -> str:
    """Name a cohort by its month, or by the first day of its week."""
    if by == "week":
        return day(cohort.starts_on)
    return format_date(
        cohort.starts_on, "LLL y", locale=to_locale(get_language() or "en")
    )


def period_name(period: tuple[int, int], reading: str) -> str:
    """Name a period: a week by its number, a bracket by its days."""
    start, end = period
    if reading != "bracket":
        return str(start // 7)
    return _("day %(n)s") % {"n": start} if end == start + 1 else f"{start}–{end - 1}"


def _cell(share: float, n: int) -> Cell:
    if math.isnan(share):
        return Cell("", 0, _("not over yet for the whole cohort"))
    title = _("%(back)s of %(n)s") % {"back": count(share * n), "n": count(n)}
    return Cell(
        rate(share, 0 if share >= 0.1 or not share else 1), round(100 * share, 1), title
    )


def _values(rates: Any) -> list[float | None]:
    return [
        None if math.isnan(share) else round(100 * float(share), 2) for share in rates
    ]
