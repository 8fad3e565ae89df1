"""Webhook addresses and their signing secrets: shown once, sealed in the database,
replaced without a gap.
"""

from datetime import timedelta

from django.db import transaction

from campaigns.models import Campaign, Hook
from retention_site.lib.clock import real_now
from retention_site.lib.security import encrypted_fields


def create(
    slug: str,
    campaign: Campaign,
    *,
    customer_field: str,
    key_field: str,
    signed_by: str = "standard",
    secret: str = "",
) -> tuple[Hook, str]:
    """Make a webhook address and return it with its secret, shown this once; a shop
    system may bring its own.
    """
    secret = secret or encrypted_fields.new_secret()
    hook = Hook.objects.create(
        slug=slug,
        campaign=campaign,
        signed_by=signed_by,
        secrets=[encrypted_fields.sealed(secret)],
        customer_field=customer_field,
        key_field=key_field,
    )
    return hook, secret


@transaction.atomic
def rotate(hook: Hook, *, keep: timedelta) -> str:
    """Return a new secret; those before it stay valid for ``keep``, so that the sender
    can change over.
    """
    hook = Hook.objects.select_for_update().get(pk=hook.pk)
    secret, moment = encrypted_fields.new_secret(), real_now()
    kept = encrypted_fields.rotated(
        hook.secrets, secret, moment=moment, until=moment + keep
    )
    Hook.objects.filter(pk=hook.pk).update(secrets=kept)
    return secret


def valid(hook: Hook) -> list[str]:
    """Return every secret that may sign now, newest first."""
    return encrypted_fields.valid(hook.secrets, real_now())
