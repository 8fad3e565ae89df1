"""Make an address to which another system posts what happened."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import IntegrityError

from profiles.intake.sources import source_webhooks
from retention_site.lib import registry
from retention_site.lib.commands import BadInput, RapportCommand


class Command(RapportCommand):
    help = (
        "Make an inbound source and print its address and signing secret. `source"
        " create shop --kind shopify`"
    )
    audited = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["create"])
        parser.add_argument("slug", help="the last part of its address")
        parser.add_argument(
            "--kind", required=True, choices=registry.keys("sources"), help="who sends"
        )
        parser.add_argument(
            "--secret",
            default="",
            help="the secret that the sender shows; without it one is made",
        )
        parser.add_argument(
            "--mapping", type=Path, help="JSON file: our field → path in the payload"
        )

    def work(
        self, *, verb: str, slug: str, kind: str, secret: str, mapping: Path | None
    ) -> dict[str, Any]:
        try:
            made, secret = source_webhooks.make(
                slug, kind, secret=secret, mapping=_read(mapping) if mapping else None
            )
        except IntegrityError:
            raise BadInput(f"There is a source {slug} already.") from None
        return {
            "address": f"{settings.BASE_URL}/v1/sources/{made.slug}",
            "kind": kind,
            "secret": secret,
        }


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise BadInput(f"{path} is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise BadInput(f"{path} holds no JSON object.")
    return found
