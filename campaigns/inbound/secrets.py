"""Signing secrets of a webhook address: sealed in the database, several valid at once while one replaces another."""

import base64
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from campaigns.models import Campaign, Hook
from retention_site.lib import signing
from retention_site.lib.clock import real_now

SECRET_BYTES = 24  # Standard Webhooks: 24 to 64


def create(slug: str, campaign: Campaign, *, customer_field: str, key_field: str) -> tuple[Hook, str]:
    """Make a webhook address and return it with its secret, which is shown this once."""
    secret = _new()
    hook = Hook.objects.create(
        slug=slug,
        campaign=campaign,
        secrets=[_sealed(secret)],
        customer_field=customer_field,
        key_field=key_field,
    )
    return hook, secret


@transaction.atomic
def rotate(hook: Hook, *, keep: timedelta) -> str:
    """Return a new secret; those before it stay valid for ``keep``, so that the sender can change over."""
    hook = Hook.objects.select_for_update().get(pk=hook.pk)
    moment = real_now()
    ends = (moment + keep).isoformat()
    old = [one | {"until": min(one["until"] or ends, ends)} for one in hook.secrets if _is_valid(one, moment)]
    secret = _new()
    Hook.objects.filter(pk=hook.pk).update(secrets=[_sealed(secret), *old])
    return secret


def valid(hook: Hook) -> list[str]:
    """Return every secret that may sign now, newest first."""
    moment = real_now()
    return [signing.unseal(one["secret"]) for one in hook.secrets if _is_valid(one, moment)]


def _new() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _sealed(secret: str) -> dict[str, str | None]:
    return {"secret": signing.seal(secret), "until": None}


def _is_valid(one: dict[str, str | None], moment: datetime) -> bool:
    return one["until"] is None or datetime.fromisoformat(one["until"]) > moment
