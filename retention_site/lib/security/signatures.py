"""Signatures of webhooks as their senders make them, checked over the raw bytes. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError

Headers = Mapping[str, str]  # names in small letters
NAMES = ("id", "timestamp", "signature")


def standard(secret: str, raw: bytes, headers: Headers) -> bool:
    """Standard Webhooks: id, time and body signed, the time within five minutes."""
    try:
        Webhook(secret).verify(
            raw,
            {f"webhook-{name}": named(headers, name) for name in NAMES},
            json_parse=False,
        )
    # ValueError: bytes or base64 that can't be read
    except (WebhookVerificationError, ValueError):
        return False
    return True


def named(headers: Headers, name: str) -> str:
    """Return one of the headers of Standard Webhooks; Svix, where the standard comes
    from, calls them after itself.
    """
    return headers.get(f"webhook-{name}") or headers.get(f"svix-{name}") or ""


def body_hmac(secret: str, raw: bytes, signature: str) -> bool:
    """HMAC-SHA256 of the body alone, in base64: Shopify, WooCommerce."""
    made = base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
    return hmac.compare_digest(made, signature.strip().encode("utf-8", "replace"))
