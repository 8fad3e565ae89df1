"""Push to phones in the shape of FCM HTTP v1."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from campaigns.delivery.channels import http
from campaigns.delivery.channels.contract import Channel, Line, NoAddress, Outgoing
from campaigns.delivery.channels.endpoints import Endpoint, endpoint
from campaigns.delivery.outcome import Outcome, refused
from profiles.models import Customer, Device


class Push(Channel):
    """One message to the customer's newest device; a device is dropped only when FCM says UNREGISTERED."""

    key = "push"
    label = _("Push")

    @cached_property
    def endpoint(self) -> Endpoint:
        return endpoint(self.key)

    @property
    def provider(self) -> str:
        return self.endpoint.name

    @property
    def is_idempotent(self) -> bool:  # type: ignore[override]
        return self.endpoint.is_idempotent

    def address(self, customer: Customer, content: Mapping[str, object]) -> str:
        devices = [one for one in customer.devices.all() if one.is_active and one.kind == Device.Kind.FCM]
        if not devices:
            raise NoAddress("no device that takes push")
        return max(devices, key=lambda one: one.pk).token

    def normal(self, address: str) -> str:
        return address

    def open(self, answer_seconds: float) -> AbstractContextManager[Line]:
        return http.line(self.endpoint, answer_seconds, self._request, self._read)

    def forget(self, address: str) -> None:
        Device.objects.filter(kind=Device.Kind.FCM, token=address).update(is_active=False)

    def _request(self, outgoing: Outgoing) -> http.Request:
        message = {
            "token": outgoing.address,
            "notification": {"title": outgoing.subject, "body": outgoing.text},
            "data": {name: str(value) for name, value in outgoing.data.items()} | {"message": outgoing.key},
        }
        return http.Request(self.endpoint.path, {"message": message}, {"Idempotency-Key": outgoing.key})

    def _read(self, reply: http.Reply) -> Outcome:
        if reply.status == 404 and _error_code(reply) == "UNREGISTERED":
            return refused(404, "the app was removed from this device", forgets_address=True)
        return http.judge(reply, lambda answer: answer["name"])


def _error_code(reply: http.Reply) -> str:
    try:
        details = reply.json()["error"]["details"]
        return next((one["errorCode"] for one in details if "errorCode" in one), "")
    except (ValueError, LookupError, TypeError):
        return ""
