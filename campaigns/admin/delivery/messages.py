"""Messages: one row per customer and run, the held ones too, each with its reason."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    FieldTextFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from campaigns.models import Message
from campaigns.rendering.compose import say
from campaigns.rendering.liquid import WordsError
from profiles.admin.rights import CUSTOMERS, EXPORT
from retention_site.lib.admin.letters import letter
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import NOTHING, day, moment, money, plain, said


@admin.register(Message)
class MessageAdmin(ReadingAdmin):
    needs = (CUSTOMERS,)
    export_right = EXPORT
    list_display = (
        "to",
        "campaign_name",
        "state_now",
        "why_so",
        "channel_name",
        "words",
        "sent",
    )
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("campaign", RelatedDropdownFilter),
        ("channel", FieldTextFilter),
        ("arm", FieldTextFilter),
        ("reason", FieldTextFilter),
    )
    list_filter_submit = True
    search_fields = (
        "customer__external_id__exact",
        "customer__email__exact",
        "message_id__exact",
    )
    search_help_text = _("Customer id, address or Message-ID, in full.")
    ordering = ("-id",)
    page_template = "admin/campaigns/message/page.html"
    nothing = Nothing(
        "mail",
        _("No message yet"),
        _(
            "A run writes one row for each customer of its audience: sent, or held with"
            " the reason."
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return (
            super()
            .get_queryset(request)
            .select_related("customer", "campaign", "run__version")
        )

    @display(description=_("to"))
    def to(self, message: Message) -> str:
        return str(message.customer)

    @display(description=_("campaign"))
    def campaign_name(self, message: Message) -> str:
        return str(message.campaign)

    @display(description=_("state"), ordering="state")
    def state_now(self, message: Message) -> SafeString:
        return pill(message.state, message.get_state_display())

    @display(description=_("reason"), ordering="reason")
    def why_so(self, message: Message) -> str:
        return said(message.reason)

    @display(description=_("channel"), ordering="channel")
    def channel_name(self, message: Message) -> str:
        return said(message.channel)

    @display(description=_("words"))
    def words(self, message: Message) -> SafeString:
        return format_html(
            '<span class="r-cut">{}</span>', message.subject or message.body[:80] or "–"
        )

    @display(description=_("sent"), ordering="sent_at")
    def sent(self, message: Message) -> SafeString:
        return format_html('<span class="r-nowrap">{}</span>', moment(message.sent_at))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.letter_view)
        return [
            path("<path:object_id>/letter/", view, name="campaigns_message_letter"),
            *super().get_urls(),
        ]

    def letter_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The HTML of one message, for the sandboxed frame of its page."""
        message = cast("Message | None", self._found(request, object_id))
        try:
            return letter(say(message).html if message else "")
        except WordsError as error:
            return letter(str(error))

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "trail_title": f"{obj.campaign} → {obj.customer}",
            "offer": offer_lines(obj.offer or {}),
            "attempts": obj.attempts.order_by("n"),
            "touchpoints": obj.touchpoints.order_by("at"),
            "has_letter": obj.channel == "email" and obj.run_id is not None,
            "is_written": bool(obj.subject or obj.body),
        }


def offer_lines(offer: dict[str, Any]) -> list[tuple[str, str]]:
    """Write a coupon out as the customer got it."""
    currency = offer.get("currency", "")
    expires = offer.get("expires_at")
    lines = [
        (gettext("Coupon"), plain(offer.get("code"))),
        (gettext("Value"), money(offer.get("value"), currency)),
        (gettext("Minimum spend"), money(offer.get("minimum_spend"), currency)),
        (
            gettext("Expires"),
            day(datetime.fromisoformat(expires)) if expires else NOTHING,
        ),
    ]
    return [(name, words) for name, words in lines if words != NOTHING]
