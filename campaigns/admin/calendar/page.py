"""The calendar's page: a month, a week or a list, and a day's clash moved by one click."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle.calendar import audiences, moving, times
from campaigns.models import Campaign
from retention_site.lib.admin.pages import note_act, person, show
from retention_site.lib.admin.words import day as day_words
from retention_site.lib.admin.words import day_and_month, month
from retention_site.lib.clock import now, shop_zone

CHANGE = "campaigns.change_campaign"
MONTH, WEEK = "month", "week"
WEEK_DAYS = 7
FREE_WITHIN = 28  # days that are looked at for a free one
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


@dataclass
class Day:
    """One day of the page."""

    on: date
    is_today: bool
    is_other: bool  # of another month
    entries: list[Any] = field(default_factory=list)
    n_twice: int = 0
    free: date | None = None  # the next day on which nothing goes

    @property
    def is_over(self) -> bool:
        return self.on < _today()


def page(request: HttpRequest) -> HttpResponse:
    """Show what goes when in a month or a week."""
    view = WEEK if request.GET.get("view") == WEEK else MONTH
    on = _day(request.GET.get("on", "")) or _today()
    first, last = _span(view, on)
    found = times.entries(_start(first), _start(last + timedelta(1 + FREE_WITHIN)))
    by_day: dict[date, list[Any]] = defaultdict(list)
    for one in found:
        by_day[one.at.astimezone(shop_zone()).date()].append(one)
    days = [
        Day(at, at == _today(), view == MONTH and at.month != on.month, by_day[at])
        for at in _days(first, last)
    ]
    twice = audiences.twice({one.on: _meeting(one) for one in days if not one.is_over})
    for day in days:
        day.n_twice = twice.get(day.on, 0)
        day.free = _free(day.on, by_day) if day.n_twice else None
    before, after = _neighbours(view, on)
    clashes = [one for one in days if one.n_twice]
    context = {
        "title": _("Calendar"),
        "view": view,
        "on": on,
        "today": _today(),
        "heading": _heading(view, on, first, last),
        "before": before,
        "after": after,
        "weeks": [
            days[place : place + WEEK_DAYS] for place in range(0, len(days), WEEK_DAYS)
        ],
        "n": sum(len(one.entries) for one in days),
        "clashes": clashes,
        "steady": times.steady(),
        "may_move": request.user.has_perm(CHANGE),
    }
    return show(request, admin.site, "admin/campaigns/calendar.html", context)


@require_POST
def move(request: HttpRequest, campaign: int) -> HttpResponse:
    """Draft a campaign on another day and put it up for review."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    found = get_object_or_404(Campaign.objects.ours(), pk=campaign)
    source = _day(request.POST.get("from", ""))
    target = _day(request.POST.get("to", ""))
    view = WEEK if request.POST.get("view") == WEEK else MONTH
    back = f"{reverse('admin:calendar')}?view={view}&on={(source or _today()):%Y-%m-%d}"
    if source is None or target is None:
        messages.error(request, _("Choose a day."))
        return redirect(back)
    try:
        version = moving.move(found, target, person(request), instead_of=source)
    except BadCampaign as error:
        messages.error(request, f"{found}: {error}")
        return redirect(back)
    note_act(
        request,
        before={"day": f"{source}"},
        after={"day": f"{target}", "version": version.number},
    )
    said = {"name": found, "day": day_words(target), "n": version.number}
    messages.success(
        request,
        _("%(name)s: version %(n)s on %(day)s waits for approval.") % said,
    )
    return redirect(back)


def _meeting(day: Day) -> dict[int, Any]:
    """Return whom each campaign of a day still means to write to."""
    return {one.campaign: one.audience for one in day.entries if one.state != "sent"}


def _span(view: str, on: date) -> tuple[date, date]:
    """Return the first and last day of whole weeks."""
    first = on.replace(day=1) if view == MONTH else on
    last = (
        (first + timedelta(32)).replace(day=1) - timedelta(1) if view == MONTH else on
    )
    first -= timedelta(first.weekday())
    return first, last + timedelta(6 - last.weekday())


def _neighbours(view: str, on: date) -> tuple[date, date]:
    if view == WEEK:
        return on - timedelta(WEEK_DAYS), on + timedelta(WEEK_DAYS)
    first = on.replace(day=1)
    return (first - timedelta(1)).replace(day=1), (first + timedelta(32)).replace(day=1)


def _heading(view: str, on: date, first: date, last: date) -> str:
    if view == WEEK:
        return f"{day_and_month(first)} – {day_words(last)}"
    return month(on)


def _days(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def _free(on: date, by_day: dict[date, list[Any]]) -> date | None:
    """Return the next day on which no campaign goes."""
    later = (on + timedelta(n) for n in range(1, FREE_WITHIN))
    return next((one for one in later if one >= _today() and not by_day[one]), None)


def _start(on: date) -> datetime:
    return datetime.combine(on, time(), shop_zone()).astimezone(UTC)


def _today() -> date:
    return now().astimezone(shop_zone()).date()


def _day(said: str) -> date | None:
    try:
        found = date.fromisoformat(said)
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None
