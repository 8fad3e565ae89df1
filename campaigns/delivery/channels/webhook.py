"""Webhooks to any URL; a provider carries them."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from campaigns.content.message_parts import Part
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress
from profiles.models import Customer

LOCAL = "sink"  # no URL was typed: the local sink takes it


class Webhook(Channel):
    """Tell another system what would be said to this customer; the URL stands in the
    campaign's content.
    """

    key = "webhook"
    label = _("Webhook")
    icon = "webhook"
    parts = (Part("text"), Part("url", is_required=False, is_one_line=True))
    reach = "true"
    asks_consent = False

    def address(self, customer: Customer, content: Mapping[str, object]) -> str:
        words = content.get("messages") or {}
        url = (
            (words.get("webhook") or {}).get("url")
            if isinstance(words, Mapping)
            else None
        )
        return self.typed(str(url)) if url else self.carrier.given.text("url") or LOCAL

    def typed(self, address: str) -> str:
        if address != LOCAL and not address.startswith(("https://", "http://")):
            raise NoAddress("the webhook's URL does not start with https://")
        return address

    def normal(self, address: str) -> str:
        return address
