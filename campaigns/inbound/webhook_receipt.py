"""Take a webhook in: signature over the raw bytes, time, then one row; the answer goes
out after the commit.
"""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction
from psycopg.types.json import Jsonb

from campaigns.models import Hook
from profiles.intake.sources import signing_secrets
from retention_site.lib import bodies
from retention_site.lib.wake import wake

LARGEST_BYTES = 256 * 1024
LONGEST_ID = 200
PROCESS = "campaigns.tasks.process_webhooks"

STORE = """
    INSERT INTO campaigns_inboundwebhook (source, event_id, hook_id, payload, state, detail)
    VALUES (%s, %s, %s, %s, 'received', '') ON CONFLICT (source, event_id) DO NOTHING
"""


class Refused(Exception):
    """A webhook that is not taken; ``status`` is the HTTP answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def receive(slug: str, raw: bytes, headers: Mapping[str, str]) -> bool:
    """Store a webhook and wake a worker; return False when it was stored before. Raise
    `Refused`.
    """
    hook = Hook.objects.filter(slug=slug, is_active=True).first()
    if hook is None:
        raise Refused(404, "There is no webhook at this address.")
    if len(raw) > LARGEST_BYTES:
        raise Refused(413, f"A webhook holds at most {LARGEST_BYTES // 1024} KiB.")
    event_id = verified(hook, raw, headers)
    return _store(hook, event_id, _payload(raw))


def verified(hook: Hook, raw: bytes, headers: Mapping[str, str]) -> str:
    """Return the webhook's id once a valid secret has signed exactly these bytes, by
    Standard Webhooks within five minutes, by a shop system in its own way.
    """
    kind = signing_secrets.kind_of(hook.signed_by)
    if not signing_secrets.is_signed(kind, hook.secrets, raw, headers):
        raise Refused(401, "The signature or its time is not valid.")
    event_id = kind.delivery_id(headers)
    if not 0 < len(event_id) <= LONGEST_ID or not event_id.isprintable():
        raise Refused(
            400, f"{kind.id_header} must have 1 to {LONGEST_ID} printable characters."
        )
    return event_id


def _payload(raw: bytes) -> dict[str, Any]:
    try:
        payload = bodies.read_json(raw)
    except bodies.MalformedBody as error:
        raise Refused(400, str(error)) from None
    if not isinstance(payload, dict):
        raise Refused(400, "The body must be a JSON object.")
    return payload


def _store(hook: Hook, event_id: str, payload: dict[str, Any]) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            values: list[Any] = [f"hook:{hook.slug}", event_id, hook.pk, Jsonb(payload)]
            cursor.execute(STORE, values)
            is_new = cursor.rowcount == 1
            if is_new:
                wake(PROCESS)
    except IntegrityError:
        # removed this moment
        raise Refused(404, "There is no webhook at this address.") from None
    return is_new
