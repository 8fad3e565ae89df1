"""Change SECRET_KEY without losing anyone who opted out or was erased, and no link
already mailed.
"""

from __future__ import annotations

import os
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandParser
from django.db import transaction

from retention_site.lib.commands import BadInput, RapportCommand
from retention_site.lib.security import keyring, secret_key

SEALED = (  # model and field: texts and JSON with sealed texts in them
    ("campaigns.ChannelSettings", "secrets"),
    ("campaigns.ChannelSettings", "signing"),
    ("campaigns.Hook", "secrets"),
    ("profiles.InboundSource", "secrets"),
    ("profiles.DataRequest", "sought"),
    ("profiles.AuthenticatorDevice", "sealed_key"),
)


class Command(RapportCommand):
    help = (
        "Seal everything under the present SECRET_KEY; --new makes one first. Old keys"
        " are still read."
    )
    audited = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new",
            action="store_true",
            help=(
                "write a new key into DATA_DIR; restart, then run this again without it"
            ),
        )

    def work(self, *, new: bool, **_rest: Any) -> dict[str, Any]:
        if new:
            return _make_new()
        was_current = keyring.is_current()
        with transaction.atomic():
            n = sum(_reseal(model, field) for model, field in SEALED)
            keyring.adopt()
        return {
            "resealed": n,
            "changed": not was_current,
            "old_keys": len(settings.SECRET_KEY_FALLBACKS),
        }


def _make_new() -> dict[str, Any]:
    """Write a new key beside the data. Processes that run keep the old one until they
    are started again.
    """
    if os.environ.get("SECRET_KEY"):
        raise BadInput(
            "SECRET_KEY is set in the environment: set a new one there, name the old"
            " one in SECRET_KEY_FALLBACKS, restart every host, then run rotate_keys."
        )
    secret_key.replace(settings.DATA_DIR)
    return {
        "written": str(settings.DATA_DIR / secret_key.NAME),
        "next": "restart, then run rotate_keys",
    }


def _reseal(label: str, field: str) -> int:
    model = apps.get_model(label)
    rows = list(model._default_manager.select_for_update().only("pk", field))
    changed = []
    for row in rows:
        sealed = getattr(row, field)
        if sealed:
            setattr(row, field, keyring.resealed(sealed))
            changed.append(row)
    model._default_manager.bulk_update(changed, [field], batch_size=500)
    return len(changed)
