"""Signatures of webhooks as their senders make them, checked over the raw bytes. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping

from standardwebhooks import Webhook, WebhookVerificationError

Headers = Mapping[str, str]  # names in small letters
Check = Callable[[str, bytes, Headers], bool]


def standard(secret: str, raw: bytes, headers: Headers) -> bool:
    """Standard Webhooks: id, time and body signed, the time within five minutes."""
    try:
        Webhook(secret).verify(raw, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: bytes or base64 that can't be read
        return False
    return True


def body_hmac(header: str) -> Check:
    """HMAC-SHA256 of the body alone, in base64, in ``header``: Shopify, WooCommerce."""

    def check(secret: str, raw: bytes, headers: Headers) -> bool:
        made = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
        return hmac.compare_digest(made, headers.get(header, "").strip().encode("utf-8", "replace"))

    return check


def signed_by_any(check: Check, secrets: Iterable[str], raw: bytes, headers: Headers) -> bool:
    """Say whether one of several valid secrets signed these bytes."""
    return any(check(secret, raw, headers) for secret in secrets)
