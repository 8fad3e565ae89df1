"""A channel of one file: carrier pigeons, which fly from a loft to the customer's."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

from django import forms
from django.db.models import QuerySet

from campaigns.content.message_parts import Part
from campaigns.delivery.channels import http, lookup
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.endpoints import Endpoint, endpoint
from campaigns.delivery.channels.line import Line, NoAddress, Outgoing
from campaigns.delivery.channels.price import Price, price_of
from campaigns.delivery.channels.provider import ByEndpoint, ProviderForm
from campaigns.delivery.channels.sink_drawing import Look
from campaigns.delivery.outcome import Outcome
from profiles.models import Customer


class Pigeon(Channel):
    """A note on a pigeon's leg; the loft is an attribute of the customer."""

    key = "pigeon"
    label = "Carrier pigeon"
    icon = "flutter_dash"
    parts = (Part("text"), Part("ring", is_required=False, is_one_line=True))
    reach = "coalesce(customer.traits ->> 'loft', '') <> ''"
    is_loud = True
    look = Look.BUBBLES

    def address(self, customer: Customer, content: Mapping[str, object]) -> str:
        loft = str((customer.traits or {}).get("loft") or "")
        if not loft:
            raise NoAddress("no loft")
        return loft

    def masked(self, address: str) -> str:
        return f"{address[:2]}•••"

    def people_at(self, address: str) -> QuerySet[Customer]:
        return Customer.objects.filter(traits__loft=address)

    def units(self, texts: Iterable[tuple[str, int]]) -> int | None:
        """A pigeon carries ten letters."""
        return sum(-(-len(text) // 10) * n for text, n in texts)

    def price(self) -> Price | None:
        return price_of(self.carrier.given)


class LoftForm(ProviderForm):
    price = forms.DecimalField(label="Price of one pigeon", required=False)
    currency = forms.CharField(label="Currency", required=False)


class Loft(ByEndpoint):
    """Whoever keeps the pigeons."""

    key = "loft"
    label = "The loft"
    words = "Keeps pigeons."
    form = LoftForm

    @property
    def endpoint(self) -> Endpoint:
        return endpoint("pigeon")

    def open(self, answer_seconds: float) -> AbstractContextManager[Line]:
        return http.line(self.endpoint, answer_seconds, self._request, self._read)

    def seen(self, keys: Sequence[str]) -> dict[str, bool]:
        return lookup.seen(self.endpoint, {key: key for key in keys})

    def _request(self, outgoing: Outgoing) -> http.Request:
        body = {"to": outgoing.address, "text": outgoing.text, **outgoing.data}
        return http.json_request(
            self.endpoint.path, body, {"Idempotency-Key": outgoing.key}
        )

    def _read(self, reply: http.Reply) -> Outcome:
        return http.judge(reply, lambda answer: answer["id"])
