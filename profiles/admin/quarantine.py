"""Rows that could not be taken in, with the reason for each."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles.models import QuarantinedRow
from retention_site.lib.admin.pages import Nothing, ReadingAdmin
from retention_site.lib.admin.words import shop_moment


@admin.register(QuarantinedRow)
class QuarantinedRowAdmin(ReadingAdmin):
    list_display = ("reason", "where", "kind", "arrived", "is_resolved")
    list_filter = ("reason", "source", "kind")
    search_fields = ("reason", "source")
    ordering = ("-id",)
    page_template = "admin/profiles/quarantinedrow/page.html"
    called = _("Quarantine")
    nothing = Nothing(
        "verified",
        _("No bad rows"),
        _("Rows with an impossible date, a missing id or an unknown currency wait here with their reason."),
    )

    @display(description=_("file and line"), ordering="source")
    def where(self, row: QuarantinedRow) -> SafeString:
        place = ", ".join(str(part) for part in (row.line, row.column) if part)
        return format_html('{}<span class="r-sub">{}</span>', row.source, place)

    @display(description=_("arrived"), ordering="created_at")
    def arrived(self, row: QuarantinedRow) -> str:
        return shop_moment(row.created_at)

    @display(description=_("resolved"), ordering="resolved_at", boolean=True)
    def is_resolved(self, row: QuarantinedRow) -> bool:
        return row.resolved_at is not None

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        cells = obj.row.items() if isinstance(obj.row, dict) else [("", obj.row)]
        return {
            "cells": [(name, value, name == obj.column) for name, value in cells],
            "n_alike": QuarantinedRow.objects.filter(source=obj.source, reason=obj.reason).count(),
        }
