"""Push to phones; a provider carries it."""

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from campaigns.content.message_parts import Part
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress
from campaigns.delivery.channels.sink_drawing import Look
from profiles.models import Customer, Device

PARTS = (
    Part("title", is_one_line=True),
    Part("text"),
    Part("url", is_required=False, is_one_line=True),
    # a newer one of this name takes the older one's place
    Part("collapse", is_required=False, is_one_line=True),
)


def reach_of(kind: Device.Kind) -> str:
    """Return the SQL for whether a customer has an active device of a kind."""
    return (
        "EXISTS (SELECT FROM profiles_device device WHERE device.customer_id ="
        f" customer.id AND device.is_active AND device.kind = '{kind}')"
    )


class Push(Channel):
    """One message to the customer's newest device; a device is dropped only when its
    provider says it is gone.
    """

    key = "push"
    label = _("Push")
    icon = "phone_iphone"
    parts = PARTS
    reach = reach_of(Device.Kind.FCM)
    is_loud = True
    replaces = True
    prefetches = ("customer__devices",)
    identity = "device"
    look = Look.NOTIFICATIONS
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

    def people_at(self, address: str) -> QuerySet[Customer]:
        return Customer.objects.filter(devices__kind=self.kind, devices__token=address)

    def forget(self, address: str) -> None:
        Device.objects.filter(kind=self.kind, token=address).update(is_active=False)
