"""Webhook addresses: `manage.py hook create SLUG --campaign NAME`, `manage.py hook
rotate SLUG`.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from campaigns.inbound import hook_secrets
from campaigns.models import Campaign, Hook
from profiles.intake.sources import signing_secrets
from profiles.intake.sources.signing_secrets import STANDARD
from retention_site.lib import registry
from retention_site.lib.commands import BadInput, RapportCommand


class Command(RapportCommand):
    help = (
        "Make an address that starts a campaign when a signed webhook arrives there, or"
        " change its secret."
    )
    audited = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["create", "rotate"])
        parser.add_argument("slug", help="the last part of the address: /hooks/SLUG")
        parser.add_argument("--campaign", help="name of the campaign to start")
        parser.add_argument(
            "--customer-field",
            default="customer_id",
            help="dotted path to the customer id",
        )
        parser.add_argument(
            "--key-field",
            default="",
            help="dotted path to a cart or order id: one message for each",
        )
        parser.add_argument(
            "--signed-by",
            choices=_signers(),
            default=STANDARD,
            help="whose way of signing",
        )
        parser.add_argument(
            "--secret",
            default="",
            help="the shop system's own secret; left out, one is made",
        )
        parser.add_argument(
            "--keep-hours",
            type=float,
            default=24.0,
            help="how long the old secret stays valid",
        )

    def work(self, *, action: str, slug: str, **options: Any) -> dict[str, Any]:
        secret = (
            self._create(slug, **options)
            if action == "create"
            else self._rotate(slug, options["keep_hours"])
        )
        return {
            "slug": slug,
            "url": f"{settings.BASE_URL}/hooks/{slug}",
            "secret": secret,
        }

    def say(self, answer: dict[str, Any]) -> str:
        return f"Address: {answer['url']}\nSecret (shown this once): {answer['secret']}"

    def _create(
        self,
        slug: str,
        *,
        campaign: str | None,
        customer_field: str,
        key_field: str,
        signed_by: str,
        secret: str,
        **_rest: Any,
    ) -> str:
        try:
            Hook._meta.get_field("slug").run_validators(slug)
        except ValidationError:
            raise BadInput(
                f"{slug[:80]!r} must be at most 50 letters, digits, - and _."
            ) from None
        found = Campaign.objects.filter(name=campaign or "").first()
        if found is None:
            raise BadInput(
                f"There is no campaign {campaign!r}."
                if campaign
                else "Say which campaign: --campaign NAME."
            )
        if Hook.objects.filter(slug=slug).exists():
            raise BadInput(
                f"/hooks/{slug} exists already; `hook rotate {slug}` gives it a new"
                " secret."
            )
        return hook_secrets.create(
            slug,
            found,
            customer_field=customer_field,
            key_field=key_field,
            signed_by=signed_by,
            secret=secret,
        )[1]

    def _rotate(self, slug: str, keep_hours: float) -> str:
        hook = Hook.objects.filter(slug=slug).first()
        if hook is None:
            raise BadInput(f"There is no webhook at /hooks/{slug}.")
        return signing_secrets.rotate(hook, keep=timedelta(hours=keep_hours))


def _signers() -> list[str]:
    """Return who may sign: Standard Webhooks, or a shop system in its own way."""
    kinds = registry.everything("sources")
    return [STANDARD, *(key for key, kind in kinds.items() if not kind.is_mapped)]
