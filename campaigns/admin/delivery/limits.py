"""How often the shop writes to one customer, and how fast each provider and domain may
be used.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Model, TextField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns.delivery.channels.contract import ProviderAway
from campaigns.models import ContactLimit, ProviderRate
from retention_site.lib import registry
from retention_site.lib.admin.pages import Nothing

IN_ONE_LINE = {TextField: {"widget": UnfoldAdminTextInputWidget}}


@admin.register(ContactLimit)
class ContactLimitAdmin(ModelAdmin):
    formfield_overrides = IN_ONE_LINE
    list_display = (
        "__str__",
        "most",
        "window",
        "campaign_class",
        "channel",
        "kept_free",
    )
    ordering = ("campaign_class", "channel", "window")
    fields = (
        ("most", "window"),
        ("campaign_class", "channel"),
        ("reserved", "reserved_to"),
    )
    nothing = Nothing(
        "front_hand",
        _("No limit yet"),
        _(
            "Without one, only each campaign's own limits keep a customer from hearing"
            " too much. Add one for all."
        ),
    )

    @display(description=_("kept free"))
    def kept_free(self, limit: ContactLimit) -> str:
        if not limit.reserved:
            return "–"
        return str(
            _("%(n)d for priority up to %(to)d")
            % {
                "n": limit.reserved,
                "to": limit.reserved_to,
            }
        )


@admin.register(ProviderRate)
class ProviderRateAdmin(ModelAdmin):
    formfield_overrides = IN_ONE_LINE
    list_display = ("provider", "per_second", "burst", "today", "warm_up_from")
    ordering = ("provider",)
    fields = (
        "provider",
        ("per_second", "burst"),
        ("warm_up_from", "warm_up_first"),
        ("warm_up_growth", "warm_up_until"),
    )
    nothing = Nothing(
        "speed",
        _("No rate yet"),
        _(
            "Messages leave as fast as each provider takes them. Add a rate where a"
            " provider or a domain wants less."
        ),
    )

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, **options: Any
    ) -> Any:
        """Name the providers that are in use: a rate of another name would limit
        nobody.
        """
        form = super().get_form(request, obj, **options)
        named = _("One of %(names)s; or name@domain for the recipients of one domain.")
        form.base_fields["provider"].help_text = named % {"names": ", ".join(_in_use())}
        return form

    @display(description=_("last day counted"))
    def today(self, rate: ProviderRate) -> str:
        return (
            f"{rate.n_counted} ({rate.counted_on:%Y-%m-%d})" if rate.counted_on else "–"
        )

    def save_model(
        self, request: HttpRequest, obj: Model, form: Any, change: bool
    ) -> None:
        """A domain is written small: that is how it is looked for."""
        name, at, domain = obj.provider.rpartition("@")  # type: ignore[attr-defined]
        obj.provider = f"{name}{at}{domain.casefold() if at else domain}"  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)


def _in_use() -> list[str]:
    """Return the providers that messages go to now."""
    names = []
    for kind in registry.everything("channels").values():
        try:
            names.append(kind().provider)
        except ProviderAway:
            continue
    return names
