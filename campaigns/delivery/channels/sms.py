"""Text messages through any gateway that takes JSON over HTTP."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from campaigns.delivery import addresses
from campaigns.delivery.channels import http, lookup
from campaigns.delivery.channels.contract import Channel, Line, NoAddress, Outgoing
from campaigns.delivery.channels.endpoints import Endpoint, endpoint
from campaigns.delivery.outcome import Outcome
from profiles.models import Customer


class Sms(Channel):
    """POST ``{"to", "from", "text", "reference"}`` with an Idempotency-Key; the answer's ``id`` is the reference."""

    key = "sms"
    label = _("Text message")

    @cached_property
    def endpoint(self) -> Endpoint:
        return endpoint(self.key)

    @property
    def provider(self) -> str:
        return self.endpoint.name

    @property
    def is_idempotent(self) -> bool:  # type: ignore[override]
        return self.endpoint.is_idempotent

    @property
    def can_look_up(self) -> bool:  # type: ignore[override]
        return bool(self.endpoint.lookup)

    def address(self, customer: Customer, content: Mapping[str, object]) -> str:
        if not customer.phone:
            raise NoAddress("no phone number")
        try:
            return addresses.phone(customer.phone)
        except addresses.BadAddress as error:
            raise NoAddress(str(error)) from None

    def open(self, answer_seconds: float) -> AbstractContextManager[Line]:
        return http.line(self.endpoint, answer_seconds, self._request, self._read)

    def seen(self, keys: Sequence[str]) -> dict[str, bool]:
        return lookup.seen(self.endpoint, {key: key for key in keys})

    def _request(self, outgoing: Outgoing) -> http.Request:
        body = {
            "to": outgoing.address,
            "from": self.endpoint.options.get("from", settings.SMS_SENDER),
            "text": outgoing.text,
            "reference": outgoing.key,
        }
        return http.Request(self.endpoint.path, body, {"Idempotency-Key": outgoing.key})

    def _read(self, reply: http.Reply) -> Outcome:
        return http.judge(reply, lambda answer: answer["id"])
