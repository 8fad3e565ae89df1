"""Is this callback truly theirs? Signatures over the bytes as they came, and JSON that
is read strictly.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from campaigns.delivery.channels.provider import NotTheirs, Unreadable
from retention_site.lib import bodies
from retention_site.lib.security.signatures import standard


def callback_url(channel: str, provider: str) -> str:
    """Return the address that a provider is told to call."""
    return f"{settings.BASE_URL}/callbacks/{channel}/{provider}"


def raw_body(request: HttpRequest) -> bytes:
    """Return the body as it came; raise `Unreadable`."""
    try:
        return request.body
    except RequestDataTooBig:
        raise Unreadable("The body is too large.") from None


def standard_body(request: HttpRequest, secrets: Sequence[str]) -> bytes:
    """Return a body that one of our secrets has signed by Standard Webhooks; raise
    `NotTheirs`.
    """
    raw = raw_body(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not any(standard(secret, raw, headers) for secret in secrets):
        raise NotTheirs("The signature or its time is not valid.")
    return raw


def json_map(raw: bytes) -> dict[str, Any]:
    """Return a JSON object; raise `Unreadable`."""
    try:
        found = bodies.read_json(raw)
    except bodies.MalformedBody as error:
        raise Unreadable(str(error)) from None
    if not isinstance(found, dict):
        raise Unreadable("The body must be a JSON object.")
    return found


def form_hmac(secret: str, url: str, fields: Mapping[str, str], signature: str) -> bool:
    """Check HMAC-SHA1 over the address and the sorted fields of a form, in base64."""
    said = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    made = base64.b64encode(
        hmac.new(secret.encode(), said.encode(), hashlib.sha1).digest()
    )
    return hmac.compare_digest(made, signature.strip().encode("utf-8", "replace"))
