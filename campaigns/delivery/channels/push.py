"""Push to phones; a provider carries it."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress
from profiles.models import Customer, Device


class Push(Channel):
    """One message to the customer's newest device; a device is dropped only when its
    provider says it is gone.
    """

    key = "push"
    label = _("Push")
    icon = "phone_iphone"
    kind: ClassVar[Device.Kind] = Device.Kind.FCM
    nobody: ClassVar[str] = "no device that takes push"

    def address(self, customer: Customer, content: Mapping[str, object]) -> str:
        devices = [
            one
            for one in customer.devices.all()
            if one.is_active and one.kind == self.kind
        ]
        if not devices:
            raise NoAddress(self.nobody)
        return max(devices, key=lambda one: one.pk).token

    def normal(self, address: str) -> str:
        return address

    def forget(self, address: str) -> None:
        Device.objects.filter(kind=self.kind, token=address).update(is_active=False)
