"""Bad rows of one source that are wrong for one reason: put right and taken in
together.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from profiles import jobs
from profiles.intake.quarantine import replay
from profiles.intake.quarantine.nested_fields import at, places_of, replaced, shown
from profiles.models import QuarantinedRow
from retention_site.lib.admin.masking import masked_value
from retention_site.lib.admin.missing import PERSONAL
from retention_site.lib.admin.pages import link, person, show

SAME = ("source", "kind", "column", "reason")  # what the rows of a group share
SHOWN = 12  # groups, and values of one group
LOOKED_AT = 2_000  # rows whose values are counted and tried
AT_ONCE = 1_000  # rows that are taken in while one waits; more are a job
RIGHT = "profiles.change_quarantinedrow"
Group = dict[str, str]


def groups(source: str = "") -> list[dict[str, Any]]:
    """Return the largest groups of waiting rows, each with its address."""
    waiting = QuarantinedRow.objects.waiting().filter(
        **({"source": source} if source else {})
    )
    found = (
        waiting.values(*SAME)
        .annotate(n=Count("pk"), last=Max("created_at"))
        .order_by("-n", *SAME)[:SHOWN]
    )
    return [
        one | {"address": address({name: one[name] for name in SAME})} for one in found
    ]


def group_of(row: QuarantinedRow) -> Group:
    """Return what a row shares with those like it."""
    return {name: getattr(row, name) for name in SAME}


def address(group: Group) -> str:
    """Return the address of a group's page."""
    return f"{reverse('quarantine-together')}?{urlencode(group)}"


def together(request: HttpRequest) -> HttpResponse:
    """Show a group with its values; POST takes it in, and says on the page what came of
    it.
    """
    group = {name: request.GET.get(name, "") for name in SAME}
    if not group["source"] or not group["reason"]:
        title, page = (
            _("Put right together"),
            "admin/profiles/quarantinedrow/no_group.html",
        )
        return show(request, admin.site, page, {"title": title, "crumbs": _crumbs()})
    done: dict[str, Any] = {}
    if request.method == "POST":
        if not request.user.has_perms((RIGHT, PERSONAL)):
            raise PermissionDenied
        answer = _act(request, group)
        if isinstance(answer, HttpResponse):
            return answer
        done = answer
    return show(
        request,
        admin.site,
        "admin/profiles/quarantinedrow/together.html",
        _context(request, group) | done,
    )


def trial(request: HttpRequest) -> HttpResponse:
    """What taking the group in would come to with what is typed now, as a fragment of
    its page.
    """
    group = {name: request.GET.get(name, "") for name in SAME}
    rows = _some(group)
    return render(
        request,
        "admin/panels/trial.html",
        {
            "trial": replay.tried(rows, _change(group, _becomes(request))),
            "n_tried": len(rows),
            "most": LOOKED_AT,
        },
    )


def _act(request: HttpRequest, group: Group) -> HttpResponse | dict[str, Any]:
    rows = QuarantinedRow.objects.waiting().filter(**group)
    if request.POST.get("leave_out"):
        n = replay.leave_out(rows, by=person(request))
        messages.success(request, _("%(n)s rows were left out.") % {"n": n})
        return redirect("admin:profiles_quarantinedrow_changelist")
    becomes = _becomes(request)
    if rows.count() > AT_ONCE:
        title = gettext_noop("Take %(source)s in again: %(reason)s") % group
        return redirect(
            link(
                jobs.start(
                    "replay",
                    {"group": group, "becomes": becomes},
                    title=title,
                    by=person(request),
                )
            )
        )
    return {
        "done": replay.replay_all(rows, _change(group, becomes), by=person(request))
    }


def _context(request: HttpRequest, group: Group) -> dict[str, Any]:
    rows = _some(group)
    n = QuarantinedRow.objects.waiting().filter(**group).count()
    counted: Counter[str] = Counter()
    for row in rows:
        counted.update(
            {
                shown(at(row.latest, place))
                for place in places_of(row.latest, group["column"])
            }
        )
    may_read = request.user.has_perm(PERSONAL)
    if not may_read:
        plain, counted = counted, Counter()
        for value, n_rows in plain.items():
            counted[masked_value(group["column"], value)] += n_rows
    return {
        "title": _("Put right together"),
        "group": group,
        "may_read": may_read,
        "n": n,
        "rows": rows[:5],
        "n_looked_at": len(rows),
        "values": counted.most_common(SHOWN),
        "n_values": len(counted),
        "at_once": AT_ONCE,
        "trial_address": f"{reverse('quarantine-trial')}?{urlencode(group)}",
        "is_replayable": replay.is_replayable(group["kind"]),
        "may_act": may_read and request.user.has_perm(RIGHT),
        "list": _list_address(group),
        "crumbs": _crumbs(),
    }


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Quarantine"), reverse("admin:profiles_quarantinedrow_changelist"))]


def _some(group: Group) -> list[QuarantinedRow]:
    return list(
        QuarantinedRow.objects.waiting().filter(**group).order_by("pk")[:LOOKED_AT]
    )


def _change(group: Group, becomes: dict[str, str]) -> replay.Change:
    return partial(replaced, column=group["column"], becomes=becomes)


def _becomes(request: HttpRequest) -> dict[str, str]:
    """Return what each value is put right to; one whose field was left empty stays as
    it is.
    """
    pairs = zip(
        request.POST.getlist("value"), request.POST.getlist("becomes"), strict=False
    )
    return {value: becomes.strip() for value, becomes in pairs if becomes.strip()}


def _list_address(group: Group) -> str:
    return f"{reverse('admin:profiles_quarantinedrow_changelist')}?{urlencode(group)}"
