"""The lock of every address that others post to, a source's or a webhook's: secrets that
are shown once, kept sealed and replaced without a gap, and the sender's own signature.
"""

from datetime import timedelta
from typing import Any

from django.db import models, transaction

from profiles.intake.sources.contract import Source
from retention_site.lib import registry
from retention_site.lib.clock import real_now
from retention_site.lib.security import encrypted_fields
from retention_site.lib.security.signatures import Headers

STANDARD = "standard"  # Standard Webhooks, as any sender signs that is no shop system
BY_STANDARD = "mapped"


def kind_of(name: str) -> Source:
    """Return the plug-in that knows how a sender signs; raise `KeyError`."""
    kind: Source = registry.load("sources", BY_STANDARD if name == STANDARD else name)()
    return kind


def is_signed(
    kind: Source, sealed: list[encrypted_fields.Sealed], raw: bytes, headers: Headers
) -> bool:
    """Say whether a secret that is valid now signed exactly these bytes."""
    secrets = encrypted_fields.valid(sealed, real_now())
    return any(kind.is_signed(secret, raw, headers) for secret in secrets)


@transaction.atomic
def rotate(row: models.Model, *, keep: timedelta, secret: str = "") -> str:
    """Give an address a new secret and return it; those before it stay valid for ``keep``,
    so that the sender can change over. Two at once keep both.
    """
    table = type(row)._default_manager
    locked: Any = table.select_for_update().get(pk=row.pk)
    secret, moment = secret or encrypted_fields.new_secret(), real_now()
    kept = encrypted_fields.rotated(
        locked.secrets, secret, moment=moment, until=moment + keep
    )
    table.filter(pk=row.pk).update(secrets=kept)
    vars(row)["secrets"] = kept
    return secret
