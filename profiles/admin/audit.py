"""The audit trail: who did what, when, filtered and as a file."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import display

from profiles.models import AuditEntry
from retention_site.lib.acts import Act, tell
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import moment, said
from retention_site.lib.csv_export import as_csv

COLUMNS = (
    "at",
    "by",
    "via",
    "address",
    "verb",
    "target_kind",
    "target_id",
    "target",
    "before",
    "after",
)
MOST_ROWS = 100_000


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadingAdmin):
    list_display = ("when", "by", "act", "target", "difference", "via", "address")
    list_filter = (
        ("at", RangeDateTimeFilter),
        ("by", FieldTextFilter),
        ("verb", FieldTextFilter),
        ("target_kind", FieldTextFilter),
        ("target", FieldTextFilter),
    )
    list_filter_submit = True
    search_fields = ("by__iexact", "verb__startswith", "target__icontains")
    search_help_text = _("Who, an act such as campaign.pause, or what it was done to.")
    ordering = ("-id",)
    page_template = "admin/profiles/auditentry/page.html"
    list_before_template = "admin/profiles/auditentry/as_csv.html"
    nothing = Nothing(
        "history",
        _("Nothing yet"),
        _("Whatever a colleague does is written down here, for good."),
    )

    @display(description=_("when"), ordering="at")
    def when(self, entry: AuditEntry) -> SafeString:
        return format_html('<span class="r-nowrap">{}</span>', moment(entry.at))

    @display(description=_("did"), ordering="verb")
    def act(self, entry: AuditEntry) -> SafeString:
        return format_html('<span class="r-mono">{}</span>', entry.verb)

    @display(description=_("before → after"))
    def difference(self, entry: AuditEntry) -> str:
        names = [
            *entry.before,
            *(name for name in entry.after if name not in entry.before),
        ]
        return ", ".join(
            f"{said(name)}: {_one(entry.before, name)} → {_one(entry.after, name)}"
            for name in names[:4]
        )

    def get_urls(self) -> list[URLPattern]:
        export = path(
            "export/",
            self.admin_site.admin_view(self.export),
            name="profiles_auditentry_export",
        )
        return [export, *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponse:
        """Answer with what the list shows, as a file; that is an act, too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = (
            self.get_changelist_instance(request)
            .get_queryset(request)
            .values_list(*COLUMNS)[:MOST_ROWS]
        )
        tell(
            Act(
                "auditentry.export",
                by=request.user,
                after={"filter": request.GET.urlencode()[:200]},
            )
        )
        return as_csv("audit", [COLUMNS, *(map(_cell, row) for row in rows)])

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        names = dict.fromkeys([*obj.before, *obj.after])
        return {
            "rows": [
                (name, _one(obj.before, name), _one(obj.after, name)) for name in names
            ]
        }


def _one(facts: dict[str, Any], name: str) -> Any:
    return facts.get(name, "–")


def _cell(value: Any) -> str:
    return (
        value.isoformat()
        if hasattr(value, "isoformat")
        else ""
        if value is None
        else str(value)
    )
