"""Text messages: the number, and what a text costs; a provider carries it."""

from collections.abc import Iterable, Mapping

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campaigns.content.message_parts import Part
from campaigns.delivery import envelope_address
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress
from campaigns.delivery.channels.price import Price, price_of
from campaigns.delivery.channels.provider import ProviderForm
from campaigns.delivery.channels.sink_drawing import Look
from campaigns.delivery.gating import suppression
from campaigns.rendering.sms_segments import segments
from profiles.models import Customer


class Sms(Channel):
    """A text message to the customer's phone."""

    key = "sms"
    label = _("Text message")
    icon = "sms"
    parts = (Part("text"),)
    reach = "customer.phone <> ''"
    is_loud = True
    identity = "phone"
    look = Look.BUBBLES

    def address(self, customer: Customer, content: Mapping[str, object]) -> str:
        if not customer.phone:
            raise NoAddress("no phone number")
        return self.typed(customer.phone)

    def typed(self, address: str) -> str:
        try:
            return envelope_address.phone(address)
        except envelope_address.BadAddress as error:
            raise NoAddress(str(error)) from None

    def masked(self, address: str) -> str:
        return f"{address[:3]} ••• {address[-2:]}" if len(address) > 6 else ""

    def people_at(self, address: str) -> QuerySet[Customer]:
        return Customer.objects.filter(phone=self.normal(address))

    def units(self, texts: Iterable[tuple[str, int]]) -> int | None:
        return segments(texts)

    def price(self) -> Price | None:
        return price_of(self.carrier.given)

    def forget(self, address: str) -> None:
        suppression.suppress(self, address, "no such number")


class SmsForm(ProviderForm):
    """What every provider of text messages is told besides its own."""

    sender = forms.CharField(
        label=_("Sender"),
        max_length=40,
        required=False,
        help_text=_("A number or a name. Empty: SMS_SENDER."),
    )
    price = forms.DecimalField(
        label=_("Price of one segment"),
        min_value=0,
        max_digits=10,
        decimal_places=5,
        required=False,
        help_text=_(
            "A text of up to 160 plain characters is one segment, longer ones and emoji"
            " take more."
        ),
    )
    currency = forms.CharField(
        label=_("Currency"), min_length=3, max_length=3, required=False
    )
    help_reply = forms.CharField(
        label=_("Answer to HELP"),
        required=False,
        max_length=300,
        help_text=_("Empty: the shop's name and how to stop."),
    )

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"] or "").upper()
