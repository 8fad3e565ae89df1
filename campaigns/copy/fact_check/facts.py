"""The facts that a text may speak of, read from JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

LANGUAGES = ("en", "zh-hans")
CHANNELS = ("email", "sms", "push")
KINDS = ("percent", "amount", "free_delivery", "gift")


class FactError(ValueError):
    """A fact is not what it must be; the sentence says which one."""


@dataclass(frozen=True)
class Moment:
    """A day, with its time where one is known."""

    day: date
    at: time | None = None

    @property
    def ends_at(self) -> datetime:
        """Return the last instant that it means."""
        return datetime.combine(self.day, self.at or time(23, 59, 59))

    @property
    def is_midnight(self) -> bool:
        return self.at == time(0, 0)

    @property
    def last_day(self) -> date:
        """Return the last day on which something that ends then still holds."""
        return self.day - timedelta(days=1) if self.is_midnight else self.day


@dataclass(frozen=True)
class Product:
    title: str = ""
    price: Decimal | None = None
    was: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class Offer:
    kind: str = ""
    value: Decimal | None = None
    currency: str = ""
    code: str = ""
    starts: Moment | None = None
    ends: Moment | None = None
    minimum: Decimal | None = None

    @property
    def percent(self) -> Decimal | None:
        return self.value if self.kind == "percent" else None

    @property
    def amount(self) -> Decimal | None:
        return self.value if self.kind == "amount" else None


@dataclass(frozen=True)
class Facts:
    """Everything that a text may say as a fact."""

    language: str = "en"
    channel: str = "email"
    now: datetime | None = None  # local time of the shop, without its zone
    shop: str = ""
    first_name: str = ""
    product: Product = Product()
    offer: Offer = Offer()
    links: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    allowed_claims: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    known: tuple[str, ...] = field(default=(), repr=False)  # every text among the facts

    @property
    def currencies(self) -> frozenset[str]:
        said = {self.product.currency, self.offer.currency} - {""}
        return frozenset(one.upper() for one in said)


def read(line: Mapping[str, Any]) -> Facts:
    """Read what a line says beside its text; raise `FactError`."""
    facts = _mapping(line.get("facts"), "facts")
    now = _stamp(line.get("now"), "now")
    return Facts(
        language=_one_of(line.get("language") or "en", LANGUAGES, "language"),
        channel=_one_of(line.get("channel") or "email", CHANNELS, "channel"),
        now=now.replace(tzinfo=None) if now else None,
        shop=_text(_mapping(facts.get("shop"), "shop").get("name"), "shop.name"),
        first_name=_text(
            _mapping(facts.get("customer"), "customer").get("first_name"),
            "customer.first_name",
        ),
        product=_product(_mapping(facts.get("product"), "product")),
        offer=_offer(_mapping(facts.get("offer"), "offer"), now),
        links=_texts(facts.get("links"), "links"),
        required=_texts(facts.get("required"), "required"),
        allowed_claims=_texts(facts.get("allowed_claims"), "allowed_claims"),
        banned=_texts(facts.get("banned"), "banned"),
        known=tuple(_leaves(facts)),
    )


def _product(said: Mapping[str, Any]) -> Product:
    return Product(
        _text(said.get("title"), "product.title"),
        _number(said.get("price"), "product.price"),
        _number(said.get("was"), "product.was"),
        _text(said.get("currency"), "product.currency"),
    )


def _offer(said: Mapping[str, Any], now: datetime | None) -> Offer:
    kind = said.get("kind")
    return Offer(
        _one_of(kind, KINDS, "offer.kind") if kind else "",
        _number(said.get("value"), "offer.value"),
        _text(said.get("currency"), "offer.currency"),
        _text(said.get("code"), "offer.code"),
        _moment(said.get("starts"), "offer.starts", now),
        _moment(said.get("ends"), "offer.ends", now),
        _number(said.get("minimum"), "offer.minimum"),
    )


def _moment(said: Any, name: str, now: datetime | None) -> Moment | None:
    stamp = _stamp(said, name)
    if stamp is None:
        return None
    if len(str(said).strip()) <= len("2026-12-05"):
        return Moment(stamp.date())
    if stamp.tzinfo and now and now.tzinfo:
        stamp = stamp.astimezone(now.tzinfo)
    return Moment(stamp.date(), stamp.time().replace(second=0, microsecond=0))


def _stamp(said: Any, name: str) -> datetime | None:
    if said in (None, ""):
        return None
    try:
        return datetime.fromisoformat(str(said).strip())
    except ValueError:
        raise FactError(f"{name}: {said!r} is no ISO 8601 time.") from None


def _number(said: Any, name: str) -> Decimal | None:
    if said in (None, ""):
        return None
    try:
        value = Decimal(str(said).strip())
    except InvalidOperation:
        value = Decimal("nan")
    if isinstance(said, bool) or not value.is_finite() or abs(value) > Decimal("1e15"):
        raise FactError(f"{name}: {said!r} is no number.")
    return value


def _text(said: Any, name: str) -> str:
    if said is None:
        return ""
    if not isinstance(said, str | int):
        raise FactError(f"{name} must be a text.")
    return str(said).strip()


def _texts(said: Any, name: str) -> tuple[str, ...]:
    if said is None:
        return ()
    if isinstance(said, str) or not isinstance(said, Sequence):
        raise FactError(f"{name} must be a list of texts.")
    return tuple(text for one in said if (text := _text(one, name)))


def _mapping(said: Any, name: str) -> Mapping[str, Any]:
    if said is None:
        return {}
    if not isinstance(said, Mapping):
        raise FactError(f"{name} must be an object.")
    return said


def _one_of(said: Any, known: tuple[str, ...], name: str) -> str:
    if (word := str(said).strip().lower()) in known:
        return word
    raise FactError(f"{name}: {said!r} is none of {', '.join(known)}.")


def _leaves(said: Any) -> Iterator[str]:
    if isinstance(said, Mapping):
        for one in said.values():
            yield from _leaves(one)
    elif isinstance(said, list | tuple):
        for one in said:
            yield from _leaves(one)
    elif isinstance(said, str) and said:
        yield said
