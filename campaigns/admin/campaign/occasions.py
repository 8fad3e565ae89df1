"""Occasions: what started a campaign for a customer, what waits, and why the others did
not.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    FieldTextFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from campaigns.inbound.replay import missed_occasions, replay_occasions
from campaigns.models import Occasion
from profiles.admin.rights import CUSTOMERS, EXPORT
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import moment, plain


@admin.register(Occasion)
class OccasionAdmin(ReadingAdmin):
    needs = (CUSTOMERS,)
    export_right = EXPORT
    list_display = ("to", "campaign_name", "state_now", "why_so", "key", "due")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("campaign", RelatedDropdownFilter),
        ("reason", FieldTextFilter),
    )
    list_filter_submit = True
    search_fields = ("customer__external_id__exact", "key__exact")
    search_help_text = _("Customer id, or the object such as cart_id:42, in full.")
    ordering = ("-id",)
    nothing = Nothing(
        "bolt",
        _("No occasion yet"),
        _(
            "A campaign with a trigger writes one for each cart, order or day that it"
            " waits for."
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Occasion]:
        return (
            super()
            .get_queryset(request)
            .select_related("customer", "campaign", "message")
        )

    @display(description=_("to"))
    def to(self, occasion: Occasion) -> str:
        return str(occasion.customer)

    @display(description=_("campaign"))
    def campaign_name(self, occasion: Occasion) -> str:
        return str(occasion.campaign)

    @display(description=_("state"), ordering="state")
    def state_now(self, occasion: Occasion) -> SafeString:
        return pill(occasion.state, occasion.get_state_display())

    @display(description=_("reason"), ordering="reason")
    def why_so(self, occasion: Occasion) -> str:
        return occasion.reason or "–"

    @display(description=_("due"), ordering="due_at")
    def due(self, occasion: Occasion) -> str:
        return moment(occasion.due_at)

    def verbs(self, request: HttpRequest, obj: Any) -> list[Verb]:
        if not missed_occasions().filter(pk=obj.pk).exists():
            return []
        asks = _(
            "Start it now? The customer gets the message if nothing else speaks against it."
        )
        return [Verb("replay", str(_("Try again")), "replay", "main", str(asks))]

    def do_replay(self, request: HttpRequest, obj: Any) -> str:
        replay_occasions(Occasion.objects.filter(pk=obj.pk))
        return str(_("It is tried again; the state says what comes of it."))

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "facts": [
                (_("campaign"), obj.campaign),
                (_("customer"), obj.customer),
                (_("object"), obj.key),
                (_("state"), pill(obj.state, obj.get_state_display())),
                (_("reason"), obj.reason or "–"),
                (_("happened"), moment(obj.happened_at)),
                (_("due"), moment(obj.due_at)),
                (_("ended"), moment(obj.ended_at)),
                (_("message"), plain(obj.message_id)),
            ]
        }
