"""Take the webhooks of other systems in: signed their way, read in our words, durable before the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from profiles.intake import tracking
from profiles.intake.catalogue import stock
from profiles.intake.refused import BadRow
from profiles.intake.sources.contract import Shop, Source
from profiles.models import InboundSource
from retention_site.lib import registry, sealed
from retention_site.lib.bodies import read_json
from retention_site.lib.clock import real_now
from retention_site.lib.signatures import Headers


class NotSigned(ValueError):
    """No valid secret of the source signed these bytes."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one webhook."""

    stored: int = 0
    duplicates: int = 0
    items: int = 0
    ignored: str = ""
    failed: tuple[BadRow, ...] = ()


def hear(source: InboundSource, raw: bytes, headers: Headers) -> Heard:
    """Store what a webhook says; raise `NotSigned`, or `MalformedBody` for what is no JSON object.

    Sent again it changes nothing: events are known by the ids of the orders and lines they come from. What can't be
    taken in is put aside with its reason, and the sender told that we have it.
    """
    kind: Source = registry.load("sources", source.kind)()
    if kind.is_hello(raw):
        return Heard(ignored="a greeting")
    if not any(kind.is_signed(secret, raw, headers) for secret in sealed.valid(source.secrets, real_now())):
        raise NotSigned("The signature or its time is not valid.")
    payload = read_json(raw)
    meant = kind.meaning(payload if isinstance(payload, Mapping) else {}, headers, shop_of(source))
    taken = tracking.take(meant.messages, source=source.slug)
    stocked = stock(meant.items, source=source.slug)
    return Heard(
        stored=taken.events.stored,
        duplicates=taken.events.duplicates,
        items=stocked.stored + stocked.updated,
        ignored=meant.ignored,
        failed=(*taken.failed, *stocked.failed),
    )


def shop_of(source: InboundSource) -> Shop:
    """Return what a payload may leave unsaid."""
    return Shop(currency=settings.SHOP_CURRENCY, mapping=source.mapping)


def make(slug: str, kind: str, *, secret: str = "", mapping: dict[str, Any] | None = None) -> tuple[InboundSource, str]:
    """Make a source and return it with its signing secret; a shop system that makes its own gives it here."""
    registry.load("sources", kind)
    secret = secret or sealed.new_secret()
    made = InboundSource.objects.create(slug=slug, kind=kind, secrets=[sealed.sealed(secret)], mapping=mapping or {})
    return made, secret
