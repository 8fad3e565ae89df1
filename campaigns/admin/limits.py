"""How often the shop writes to one customer, and how fast each provider and domain may be used."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from campaigns.models import ContactLimit, ProviderRate


@admin.register(ContactLimit)
class ContactLimitAdmin(ModelAdmin):
    list_display = ("__str__", "most", "window", "campaign_class", "channel", "kept_free")
    ordering = ("campaign_class", "channel", "window")
    fields = (("most", "window"), ("campaign_class", "channel"), ("reserved", "reserved_to"))

    @display(description=_("kept free"))
    def kept_free(self, limit: ContactLimit) -> str:
        if not limit.reserved:
            return "–"
        return str(_("%(n)d for priority up to %(to)d") % {"n": limit.reserved, "to": limit.reserved_to})


@admin.register(ProviderRate)
class ProviderRateAdmin(ModelAdmin):
    list_display = ("provider", "per_second", "burst", "today", "warm_up_from")
    ordering = ("provider",)
    fields = ("provider", ("per_second", "burst"), ("warm_up_from", "warm_up_first"), ("warm_up_growth", "warm_up_until"))

    @display(description=_("last day counted"))
    def today(self, rate: ProviderRate) -> str:
        return f"{rate.n_counted} ({rate.counted_on:%Y-%m-%d})" if rate.counted_on else "–"

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """A domain is written small: that is how it is looked for."""
        name, at, domain = obj.provider.rpartition("@")  # type: ignore[attr-defined]
        obj.provider = f"{name}{at}{domain.casefold() if at else domain}"  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)
