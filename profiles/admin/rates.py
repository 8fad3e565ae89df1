"""Rates of currencies: a list, a form, and which currencies of the shop still lack one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import TextField
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from profiles import history
from profiles.history.currencies import seen
from profiles.models import Rate
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import day


@admin.register(Rate)
class RateAdmin(ModelAdmin):
    formfield_overrides = {TextField: {"widget": UnfoldAdminTextInputWidget}}
    list_display = ("currency", "from_day", "worth")
    list_filter = ("currency",)
    ordering = ("currency", "-date")
    fields = ("currency", "date", "rate")
    list_before_template = "admin/profiles/rate/seen.html"
    nothing = Nothing(
        "currency_exchange",
        _("No rate yet"),
        _(
            "Amounts in another currency count from the first rate on: add one here, or"
            " import a file of rates."
        ),
    )

    @display(description=_("from the day"), ordering="date")
    def from_day(self, rate: Rate) -> str:
        return day(rate.date)

    @display(description=_("rate"), ordering="rate")
    def worth(self, rate: Rate) -> str:
        return f"{rate.rate.normalize():f}"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request, {"seen": currencies_seen(), **(extra_context or {})}
        )


def currencies_seen() -> list[Any]:
    """Return the currencies in which the shop's amounts stand besides its own; nothing
    while there is no history.
    """
    if history.freshness().refreshed_at is None:
        return []
    return seen(history.tables())
