"""Numbers and people beside a rule, each fetched when the page stands: of the draft for
whoever writes it, else of the segment as it is saved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from profiles import history, segments
from profiles.history import HistoryDamaged
from profiles.models import Customer
from profiles.segments import BadRule
from profiles.segments.builder import numbers
from retention_site.lib import registry
from retention_site.lib.admin.pages import person
from retention_site.lib.clock import now

from ..rights import CUSTOMERS, PERSONAL
from ..traits import summary
from .desk import desk, refused_words
from .why import explained

GROWTH_SECONDS = 1.5  # of one answer; the page asks for the rest
PEOPLE = 10


def _fragment(
    template: str, make: Callable[[Any, int | None], dict[str, Any]]
) -> Callable[..., HttpResponse]:
    """Return a view of one part: what ``make`` finds for the rule, or that it has none."""

    def view(request: HttpRequest, which: str) -> HttpResponse:
        found = desk(request, which)
        context: dict[str, Any] = {
            "desk": found,
            "number": request.GET.get("number", ""),
        }
        try:
            if refused_words(request, found, found.rule):
                raise BadRule("")
            if not context["number"]:
                # as the page opens: who came in a moment ago counts; not at each key
                history.refresh()
            pk = found.segment.pk if found.segment else None
            context |= make(found.rule, pk)
        except (BadRule, HistoryDamaged) as error:
            context["unreadable"] = str(error) or True
        return render(request, f"admin/profiles/segment/{template}.html", context)

    return view


def _size(rule: Any, _pk: int | None) -> dict[str, Any]:
    found = numbers.size(rule)
    return {
        "size": found,
        "emptied": numbers.emptied_by(rule) if found.n == 0 else None,
    }


def _reach(rule: Any, _pk: int | None) -> dict[str, Any]:
    at = now()
    customers = segments.members(rule, at).tolist()
    makers = registry.everything("segment_figures").values()
    figures = [figure for make in makers for figure in make(customers, at)]
    return {"figures": figures, "n": len(customers)}


def _people(rule: Any, _pk: int | None) -> dict[str, Any]:
    chosen = Customer.objects.filter(pk__in=numbers.sample(rule, PEOPLE))
    known = chosen.select_related("portrait").order_by("pk")
    return {"people": [(one, summary(one)) for one in known]}


def _growth(rule: Any, _pk: int | None) -> dict[str, Any]:
    points = numbers.growth(rule, GROWTH_SECONDS)
    counts = [n for _at, n in points if n is not None]
    most = max(counts, default=0) or 1
    bars = [
        {
            "at": at,
            "n": n,
            "x": 8 * place,
            "height": round(36 * (n or 0) / most, 1) + 1,
            "y": 39 - round(36 * (n or 0) / most, 1),
        }
        for place, (at, n) in enumerate(points)
        if n is not None
    ]
    return {
        "bars": bars,
        "n_open": len(points) - len(counts),
        "first": counts[0] if counts else None,
        "last": counts[-1] if counts else None,
        "n_weeks": len(points),
    }


def _overlap(rule: Any, pk: int | None) -> dict[str, Any]:
    n, found = numbers.overlaps(rule, besides=pk)
    return {
        "n": n,
        "overlaps": [one for one in found if one.n_both],
        "n_beside": len(found),
    }


size = _fragment("size", _size)
reach = _fragment("reach", _reach)
growth = _fragment("growth", _growth)
overlap = _fragment("overlap", _overlap)
_list_people = _fragment("people", _people)


def people(request: HttpRequest, which: str) -> HttpResponse:
    """Ten who fit; for those who may look at customers."""
    if not person(request).has_perm(CUSTOMERS):
        raise PermissionDenied
    return _list_people(request, which)


def why(request: HttpRequest, which: str, customer: int) -> HttpResponse:
    """The parts of the rule for one customer, as a fragment of a page."""
    found = desk(request, which)
    someone = get_object_or_404(Customer, pk=customer)
    try:
        if refused_words(request, found, found.rule):
            raise BadRule("")
        may_read = person(request).has_perm(PERSONAL)
        whole = explained(found.rule, someone.pk, is_masked=not may_read)
    except BadRule:
        whole = None
    context = {"whole": whole, "customer": someone, "segment": found.segment}
    return render(request, "admin/panels/why.html", context)
