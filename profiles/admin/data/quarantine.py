"""Rows that could not be taken in: the reason for each, a form to put it right, and
taking it in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles.admin.rights import CUSTOMERS, EXPORT, PERSONAL
from profiles.intake.quarantine import replay
from profiles.intake.quarantine.nested_fields import at, places_of, shown
from profiles.intake.values import Refused
from profiles.models import InboundSource, QuarantinedRow
from retention_site.lib.admin.filters import SaidValuesFilter
from retention_site.lib.admin.masking import masked_value
from retention_site.lib.admin.pages import ReadingAdmin, link, person
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import said, shop_moment

from . import quarantine_form, quarantine_groups

Outcome = QuarantinedRow.Outcome


class StateFilter(admin.SimpleListFilter):
    """What became of the rows; those that wait are shown where nothing is chosen."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("All")), *Outcome.choices]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[QuarantinedRow]
    ) -> QuerySet[QuarantinedRow]:
        if self.value() == "all":
            return queryset
        return (
            queryset.filter(outcome=self.value())
            if self.value()
            else queryset.filter(resolved_at=None)
        )

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": gettext("waiting")}, *others]


@admin.register(QuarantinedRow)
class QuarantinedRowAdmin(ReadingAdmin):
    needs = (CUSTOMERS,)
    export_right = EXPORT
    list_display = ("why", "value", "where", "of_kind", "arrived", "state_now")
    list_filter = (
        StateFilter,
        "source",
        ("reason", SaidValuesFilter),
        "column",
        ("kind", SaidValuesFilter),
    )
    search_fields = ("reason", "source")
    ordering = ("-id",)
    list_before_template = "admin/profiles/quarantinedrow/groups.html"
    page_template = "admin/profiles/quarantinedrow/page.html"
    called = _("Quarantine")
    nothing = Nothing(
        "verified",
        _("No bad rows wait"),
        _(
            "Rows with an impossible date, a missing id or an unknown currency wait"
            " here with their reason."
        ),
    )

    def get_list_display(self, request: HttpRequest) -> Any:
        """Show what came as the viewer may read it."""
        kept = super().get_list_display(request)
        if request.user.has_perm(PERSONAL):
            return kept
        return ["masked" if one == "value" else one for one in kept]

    @display(description=pgettext_lazy("of a row", "value"))
    def masked(self, row: QuarantinedRow) -> SafeString:
        found = _bad_value(row)
        return format_html(
            '<span class="r-mono r-cut r-slim-cut">{}</span>',
            masked_value(row.column, found) if found else "–",
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        groups = quarantine_groups.groups(request.GET.get("source", ""))
        return super().changelist_view(
            request, {"groups": groups, **(extra_context or {})}
        )

    @display(description=_("reason"), ordering="reason")
    def why(self, row: QuarantinedRow) -> SafeString:
        return format_html(
            '{}<span class="r-sub r-mono">{}</span>',
            said(row.reason),
            row.column or "–",
        )

    @display(description=pgettext_lazy("of a row", "value"))
    def value(self, row: QuarantinedRow) -> SafeString:
        return format_html(
            '<span class="r-mono r-cut r-slim-cut">{}</span>', _bad_value(row) or "–"
        )

    @display(description=_("kind"), ordering="kind")
    def of_kind(self, row: QuarantinedRow) -> str:
        return said(row.kind)

    @display(description=_("source and line"), ordering="source")
    def where(self, row: QuarantinedRow) -> SafeString:
        place = "" if row.line is None else gettext("line %(n)s") % {"n": row.line}
        return format_html('{}<span class="r-sub">{}</span>', row.source, place)

    @display(description=_("arrived"), ordering="created_at")
    def arrived(self, row: QuarantinedRow) -> str:
        return shop_moment(row.created_at)

    @display(description=_("state"))
    def state_now(self, row: QuarantinedRow) -> SafeString:
        return standing(row)

    def verbs(self, request: HttpRequest, obj: QuarantinedRow) -> list[Verb]:
        if obj.resolved_at:
            return []
        asks = gettext("Leave this row out? It stays to be seen, and is not taken in.")
        form = (
            [Verb("put_right", gettext("Take in"), has_form=True)]
            if replay.is_replayable(obj.kind) and request.user.has_perm(PERSONAL)
            else []
        )
        return [*form, Verb("leave_out", gettext("Leave out"), "block", "", asks)]

    def do_leave_out(self, request: HttpRequest, obj: QuarantinedRow) -> HttpResponse:
        replay.leave_out(QuarantinedRow.objects.filter(pk=obj.pk), by=person(request))
        return self._next(request, obj, gettext("The row was left out."))

    def do_put_right(self, request: HttpRequest, obj: QuarantinedRow) -> HttpResponse:
        fixed = quarantine_form.put_right(obj, request.POST.dict())
        refused = replay.replay(obj, fixed, by=person(request))
        if refused is None:
            return self._next(
                request, obj, gettext("The row was put right and taken in.")
            )
        faults = quarantine_form.faults(obj, fixed, refused)
        typed = {
            "cells": quarantine_form.cells(obj, request.POST.dict(), faults),
            "refused": refused,
            "faults": faults,
        }
        return self.change_view(request, str(obj.pk), extra_context=typed)

    def _next(
        self, request: HttpRequest, obj: QuarantinedRow, words: str
    ) -> HttpResponse:
        """Go on to the next row of the same group, else to the one that was done."""
        alike = (
            QuarantinedRow.objects.waiting()
            .filter(**quarantine_groups.group_of(obj))
            .exclude(pk=obj.pk)
        )
        following = (
            alike.filter(pk__gt=obj.pk).order_by("pk").first()
            or alike.order_by("pk").first()
        )
        messages.success(
            request,
            (
                words
                if following is None
                else f"{words} {gettext('The next one like it:')}"
            ),
        )
        return redirect(link(following or obj))

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        group = quarantine_groups.group_of(obj)
        may_read = request.user.has_perm(PERSONAL)
        is_replayable = replay.is_replayable(obj.kind)
        known = Refused(obj.column, obj.reason)
        faults = (
            [] if obj.resolved_at else quarantine_form.faults(obj, obj.latest, known)
        )
        cells = quarantine_form.cells(obj, faults=faults)
        source = (
            InboundSource.objects.filter(slug=obj.source).first()
            if obj.kind == "webhooks"
            else None
        )
        return {
            "trail_title": (
                said(obj.reason)
                if obj.line is None
                else f"{said(obj.reason)}, {obj.source}:{obj.line}"
            ),
            "cells": cells if may_read else [_masked(cell) for cell in cells],
            "may_read": may_read,
            "faults": faults,
            "standing": standing(obj),
            "is_replayable": is_replayable,
            "n_alike": QuarantinedRow.objects.waiting().filter(**group).count(),
            "together": quarantine_groups.address(group),
            "mapped_by": f"{link(source)}?row={obj.pk}" if source else "",
            "refused": None if obj.resolved_at else Refused(obj.column, obj.reason),
        }


def _bad_value(row: QuarantinedRow) -> str:
    if not row.column:
        return ""
    return shown(at(row.latest, places_of(row.latest, row.column)[0]))


def _masked(cell: quarantine_form.Cell) -> quarantine_form.Cell:
    name = f"{cell.inside} {cell.label}"
    return replace(
        cell,
        came=masked_value(name, cell.came),
        value=masked_value(name, cell.value),
    )


def standing(row: QuarantinedRow) -> SafeString:
    """What became of a row, as a coloured word."""
    if row.outcome == Outcome.TAKEN_IN or (row.resolved_at and not row.outcome):
        return pill("done", gettext("taken in"))
    return (
        pill("cancelled", gettext("left out"))
        if row.resolved_at
        else pill("waiting", gettext("waiting"))
    )
