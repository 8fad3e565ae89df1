"""What a source of webhooks must say: how it signs, and what a payload means in our
words. Pure.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.utils.functional import Promise

from retention_site.lib.security.signatures import Headers

Payload = Mapping[str, Any]
Words = str | Promise


@dataclass(frozen=True)
class Meant:
    """What one webhook means: tracking messages (of `profiles.intake.payloads`) and
    items (of the catalogue).

    A message may carry ``consents``, and ``order``: what an order has come to
    (`profiles.intake.orders.spec`). Products of an order may have a ``line_id`` that
    names the line for ever.
    """

    messages: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    # what a person asks for through the shop: `profiles.privacy.asked`
    asked: tuple[Mapping[str, Any], ...] = ()
    ignored: str = ""  # why it means nothing to us


@dataclass(frozen=True, slots=True)
class Shop:
    """What a payload may leave unsaid."""

    currency: str
    mapping: Mapping[str, Any]
    counts_tax: bool = False  # what the shop calls revenue holds the tax
    # whether the sender's prices hold it; None: as the payload says
    has_tax: bool | None = None
    tax_rate: Decimal = Decimal(0)  # where the payload names no tax

    def revenue(
        self, charged: Decimal, tax: Decimal | None, *, has_tax: bool
    ) -> Decimal:
        """Return what was charged as the shop counts revenue; ``tax`` is None where the
        payload doesn't name it.
        """
        has_tax = has_tax if self.has_tax is None else self.has_tax
        if has_tax == self.counts_tax:
            return charged
        if tax is None:
            tax = charged * self.tax_rate / (1 + self.tax_rate if has_tax else 1)
        return charged - tax if has_tax else charged + tax


class Source(ABC):
    """One kind of sender."""

    title: ClassVar[str] = ""  # the sender's own name
    setup: ClassVar[tuple[Words, ...]] = ()  # what a person does there, step by step
    # the sender makes the signing secret and shows it
    makes_secret: ClassVar[bool] = False
    # a person says which field of the payload is which
    is_mapped: ClassVar[bool] = False
    # those that `meaning` needs, in small letters
    reads_headers: ClassVar[tuple[str, ...]] = ()

    # the header that names one webhook, the same when it is sent again, in small letters
    id_header: ClassVar[str] = "webhook-id"

    @abstractmethod
    def is_signed(self, secret: str, raw: bytes, headers: Headers) -> bool:
        """Whether ``secret`` signed these bytes."""

    @abstractmethod
    def meaning(self, payload: Payload, headers: Headers, shop: Shop) -> Meant:
        """Say what a payload means; what it can't mean is left to the cleaning of
        messages.

        Raise `values.Refused` where it can't even be said what kind of thing it is.
        """

    def topics(self) -> tuple[str, ...]:
        """The kinds of webhook that mean something, as the first of ``reads_headers``
        says them.
        """
        return ()

    def delivery_id(self, headers: Headers) -> str:
        """Name one webhook, the same when it is sent again; empty where it has no name."""
        return headers.get(self.id_header, "")

    def is_hello(self, raw: bytes) -> bool:
        """Whether this is an unsigned greeting by which the sender tries the address."""
        return False


def text_of(value: Any) -> str:
    """Return a value as text, nothing as an empty one; a list or an object is no text."""
    return "" if value is None or isinstance(value, list | Mapping) else str(value)


def some(**values: Any) -> dict[str, Any]:
    """Return the values that say something."""
    return {
        name: value for name, value in values.items() if value not in (None, "", [], {})
    }


def objects(value: Any) -> list[Payload]:
    """Return the objects of a list, whatever else came in its place."""
    return (
        [one for one in value if isinstance(one, Mapping)]
        if isinstance(value, list)
        else []
    )


def inner(payload: Payload, *names: str) -> Payload:
    """Return the object at a path, empty where there is none."""
    found: Any = payload
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def count_of(value: Any) -> Decimal:
    """Return how many a shop says, 1 where it doesn't; none is none."""
    return Decimal(1) if value in (None, "") else number(value)


def number(value: Any) -> Decimal:
    """Return a decimal that a shop wrote as text, 0 where there is none; cleaning
    judges what comes of it.
    """
    try:
        found = Decimal(text_of(value))
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)
