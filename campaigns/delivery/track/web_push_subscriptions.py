"""A browser subscribes to notifications: its endpoint and keys are checked, then kept
with the customer's consent.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
)
from django.db import transaction

from campaigns.delivery.channels.providers.vapid import local_service
from campaigns.delivery.track import optout
from profiles.models import Consent, Customer, Device
from retention_site.lib.security import outbound

CHANNEL = "web_push"
AUTH_BYTES = 16
LONGEST_ENDPOINT = 2000


class BadSubscription(ValueError):
    """What a browser sent is no subscription: one sentence."""


@transaction.atomic
def subscribe(customer: Customer, told: Mapping[str, Any], *, network: str) -> Device:
    """Keep a subscription (RFC 8030) and the consent that it is; raise
    `BadSubscription`.
    """
    endpoint, keys = _endpoint(told.get("endpoint")), _keys(told.get("keys"))
    device, _is_new = Device.objects.update_or_create(
        kind=Device.Kind.WEB_PUSH,
        token=endpoint,
        defaults={"customer": customer, "keys": keys, "is_active": True},
    )
    optout.state(
        customer, CHANNEL, Consent.ALL_TOPICS, Consent.Status.GRANTED, network=network
    )
    return device


def unsubscribe(customer: Customer, told: Mapping[str, Any]) -> None:
    """Forget one browser; the customer's others stay."""
    endpoint = str(told.get("endpoint") or "")
    Device.objects.filter(
        kind=Device.Kind.WEB_PUSH, customer=customer, token=endpoint
    ).update(is_active=False)


def _endpoint(endpoint: Any) -> str:
    if not isinstance(endpoint, str) or not 0 < len(endpoint) <= LONGEST_ENDPOINT:
        raise BadSubscription("A subscription has an endpoint.")
    if endpoint.startswith(local_service()):
        return endpoint
    if not endpoint.startswith("https://"):
        raise BadSubscription("An endpoint starts with https://.")
    try:
        return outbound.check(endpoint)
    except outbound.ForbiddenAddress as error:
        raise BadSubscription(f"The endpoint can't be used: {error}.") from None


def _keys(keys: Any) -> dict[str, str]:
    if not isinstance(keys, Mapping):
        raise BadSubscription("A subscription has keys.")
    public, auth = _bytes(keys.get("p256dh")), _bytes(keys.get("auth"))
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public)
    except ValueError:
        raise BadSubscription("p256dh is no point of P-256.") from None
    if len(auth) != AUTH_BYTES:
        raise BadSubscription(f"auth has {AUTH_BYTES} bytes.")
    return {"p256dh": str(keys["p256dh"]), "auth": str(keys["auth"])}


def _bytes(text: Any) -> bytes:
    plain = str(text).rstrip("=")
    try:
        return base64.b64decode(
            plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True
        )
    except (binascii.Error, ValueError):
        raise BadSubscription("Keys are base64url.") from None
