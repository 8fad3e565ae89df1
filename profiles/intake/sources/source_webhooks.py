"""Take the webhooks of other systems in: signed their way, read in our words, durable
before the answer.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models.functions import Now

from profiles.intake import tracking
from profiles.intake.catalogue import cleaned, stock
from profiles.intake.quarantine.refused_rows import BadRow
from profiles.intake.sources import signing_secrets
from profiles.intake.sources.contract import Meant, Shop, Source
from profiles.intake.values import Refused
from profiles.models import InboundSource
from profiles.models.accounts.access import ROTATION_GRACE
from retention_site.lib import registry
from retention_site.lib.bodies import read_json
from retention_site.lib.security import encrypted_fields
from retention_site.lib.security.signatures import Headers


class NotSigned(ValueError):
    """No valid secret of the source signed these bytes."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one webhook."""

    stored: int = 0
    duplicates: int = 0
    items: int = 0
    ignored: str = ""
    asked: tuple[Mapping[str, Any], ...] = ()
    failed: tuple[BadRow, ...] = ()
    # fields that could not be read; the rest was taken in
    warnings: tuple[BadRow, ...] = ()


def hear(source: InboundSource, raw: bytes, headers: Headers) -> Heard:
    """Store what a webhook says; raise `NotSigned`, or `MalformedBody` for what is no
    JSON object.

    Sent again it changes nothing: events are known by the ids of the orders and lines
    they come from. What can't be taken in is put aside with its reason, and the sender
    told that we have it.
    """
    kind: Source = registry.load("sources", source.kind)()
    if kind.is_hello(raw):
        return Heard(ignored="a greeting")
    if not signing_secrets.is_signed(kind, source.secrets, raw, headers):
        raise NotSigned("The signature or its time is not valid.")
    if source.first_heard_at is None:
        InboundSource.objects.filter(pk=source.pk, first_heard_at=None).update(
            first_heard_at=Now()
        )
    payload = read_json(raw)
    return heard(source, payload if isinstance(payload, Mapping) else {}, headers)


def heard(source: InboundSource, payload: Mapping[str, Any], headers: Headers) -> Heard:
    """Store what a payload says that is known to be the sender's."""
    kind: Source = registry.load("sources", source.kind)()
    kept = {name: headers[name] for name in kind.reads_headers if name in headers}
    meant, bad = _meant(kind, payload, kept, shop_of(source))
    good, wrong = tracking.sort_out(meant.messages)
    items, wrong_items = _sorted_items(meant.items)
    refusals = [*bad, *(refused for _line, _message, refused in wrong), *wrong_items]
    taken = tracking.take_said(
        good, _put_aside(payload, kept, refusals[:1]), source=source.slug
    )
    stocked = stock(items, source=source.slug)
    return Heard(
        stored=taken.events.stored,
        duplicates=taken.events.duplicates,
        items=stocked.stored + stocked.updated,
        ignored=meant.ignored,
        asked=meant.asked,
        failed=(*taken.failed, *stocked.failed),
        warnings=taken.warnings,
    )


def meaning_again(slug: str, heard: Mapping[str, Any]) -> Meant:
    """Say what a webhook that was put aside means by today's mapping; raise `Refused`
    where nothing can be read.
    """
    source = InboundSource.objects.filter(slug=slug).first()
    if source is None:
        raise Refused("source", "no such source any more")
    kind: Source = registry.load("sources", source.kind)()
    payload, headers = (heard.get(name) for name in ("payload", "headers"))
    if not isinstance(payload, Mapping) or not isinstance(headers, Mapping):
        raise Refused("payload", "not an object")
    return kind.meaning(payload, headers, shop_of(source))


def _meant(
    kind: Source, payload: Mapping[str, Any], headers: Headers, shop: Shop
) -> tuple[Meant, list[Refused]]:
    try:
        return kind.meaning(payload, headers, shop), []
    except Refused as refused:
        return Meant(), [refused]


def _sorted_items(items: Sequence[Any]) -> tuple[list[Any], list[Refused]]:
    good, wrong = [], []
    for item in items:
        try:
            cleaned(item)
            good.append(item)
        except Refused as refused:
            wrong.append(refused)
    return good, wrong


def _put_aside(
    payload: Mapping[str, Any], headers: Headers, refusals: Iterable[Refused]
) -> list[BadRow]:
    """The webhook as it came: once the mapping or a value is put right, it is read
    again as a whole.
    """
    place = hashlib.sha256(
        json.dumps(payload, sort_keys=True, default=str).encode()
    ).hexdigest()
    heard = {"headers": dict(headers), "payload": payload}
    return [
        BadRow("webhooks", one.column, one.reason, heard, place=place)
        for one in refusals
    ]


def shop_of(source: InboundSource) -> Shop:
    """Return what a payload may leave unsaid."""
    prices = InboundSource.Prices
    has_tax = (
        None if source.prices == prices.AS_TOLD else source.prices == prices.WITH_TAX
    )
    return Shop(
        currency=settings.SHOP_CURRENCY,
        mapping=source.mapping,
        counts_tax=settings.REVENUE_HAS_TAX,
        has_tax=has_tax,
        tax_rate=source.tax_percent / 100,
    )


def make(
    slug: str, kind: str, *, secret: str = "", mapping: dict[str, Any] | None = None
) -> tuple[InboundSource, str]:
    """Make a source and return it with its signing secret; a shop system that makes its
    own gives it here.
    """
    registry.load("sources", kind)
    secret = secret or encrypted_fields.new_secret()
    made = InboundSource.objects.create(
        slug=slug,
        kind=kind,
        secrets=[encrypted_fields.sealed(secret)],
        mapping=mapping or {},
    )
    return made, secret


def rotate(source: InboundSource, *, secret: str = "") -> str:
    """Give a source a new signing secret and return it; the one before is valid for a
    day more.
    """
    return signing_secrets.rotate(source, keep=ROTATION_GRACE, secret=secret)


def remap(source: InboundSource, mapping: Mapping[str, str], sample: Any) -> None:
    """Read the source's payloads by another mapping from now on; keep the sample that
    it was tried on.
    """
    source.mapping, source.sample = dict(mapping), sample
    source.save(update_fields=["mapping", "sample"])


def price(source: InboundSource, prices: str, tax_percent: Decimal) -> None:
    """Say from now on whether a source's prices hold the tax, and which, where its
    payloads name none.
    """
    source.prices, source.tax_percent = prices, tax_percent
    source.save(update_fields=["prices", "tax_percent"])
