"""What a template is given: plain values only, and nothing where there is nothing.
Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, ngettext, override

from campaigns.content.pool_terms import AMOUNT, FREE_DELIVERY, GIFT, PERCENT, POINTS
from campaigns.rendering import formats

MAX_TITLE = 120
UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Person:
    """The customer a message speaks to."""

    external_id: str
    first_name: str = ""
    last_name: str = ""
    language: str = ""
    zone: ZoneInfo = UTC
    traits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Visits:
    """How often the customer comes; None where the shop can't say."""

    usual_gap_days: float | None = None
    days_since_last: float | None = None


@dataclass(frozen=True)
class Card:
    """One recommended product, with the reason it is shown."""

    item_id: str
    title: str
    reason: str
    engine: str = ""
    propensity: float = 1.0  # how likely its place was to hold it
    brand: str = ""
    category: str = ""
    price: Decimal | None = None
    currency: str = ""
    url: str = ""
    image_url: str = ""


@dataclass(frozen=True)
class CouponFacts:
    """What the coupon box says."""

    code: str
    value: Decimal
    currency: str
    expires_at: datetime
    minimum_spend: Decimal = Decimal(0)
    kind: str = AMOUNT
    percent: Decimal | None = None
    points: int | None = None


@dataclass(frozen=True)
class PointsFacts:
    """What the reader can spend, how much of it expires soon, and her tier."""

    balance: int = 0
    expiring: int = 0
    expires_at: datetime | None = None  # the first of them
    tier: str = ""


@dataclass(frozen=True)
class OrderedItem:
    """One product of an order; ``price`` is that of one piece."""

    card: Card
    quantity: Decimal | int
    price: Decimal | None = None


@dataclass(frozen=True)
class OrderFacts:
    """The customer's last order."""

    order_id: str
    at: datetime
    currency: str
    lines: tuple[OrderedItem, ...]

    @property
    def total(self) -> Decimal | None:
        """The sum of its lines; None where a price is not known."""
        prices = [line.price for line in self.lines]
        if not prices or any(price is None for price in prices):
            return None
        return sum(
            (Decimal(line.quantity) * (line.price or 0) for line in self.lines),
            Decimal(0),
        )


@dataclass(frozen=True)
class Lately:
    """What the customer did last; looked up only where words ask for it."""

    viewed: tuple[Card, ...] = ()
    order: OrderFacts | None = None


def context(
    person: Person,
    *,
    now: datetime,
    visits: Visits,
    cards: Sequence[Card] = (),
    coupon: CouponFacts | None = None,
    why: str = "",
    data: Mapping[str, Any] | None = None,
    lately: Lately | None = None,
    points: PointsFacts | None = None,
) -> dict[str, Any]:
    """Return what a message freezes at launch. An empty value is left out, so that its
    absence is noticed.
    """
    maybe = _filled(
        {
            "coupon": _coupon(coupon, person) if coupon else None,
            "why": why,
            **_lately(lately, person),
            **_points(points, person),
        }
    )
    return {
        "customer": _person(person),
        "visits": _visits(visits),
        "recommendations": [card_words(card, person.language) for card in cards],
        "today": formats.day(now, person.zone, person.language),
        "data": dict(data or {}),
        **maybe,
    }


def _person(person: Person) -> dict[str, Any]:
    full_name = " ".join(part for part in (person.first_name, person.last_name) if part)
    return _filled(
        {
            "id": person.external_id,
            "first_name": one_line(person.first_name),
            "last_name": one_line(person.last_name),
            "full_name": one_line(full_name),
            "language": person.language,
            "traits": _filled(person.traits),
        }
    )


def _visits(visits: Visits) -> dict[str, Any]:
    """Whole days and the same in words, and only what the shop knows; 0 days ago is
    today.
    """
    told: dict[str, Any] = {}
    if visits.usual_gap_days is not None:
        n = max(1, round(visits.usual_gap_days))
        told |= {
            "usual_gap_days": n,
            "usual_gap": ngettext("every day", "every %(n)d days", n) % {"n": n},
        }
    if visits.days_since_last is not None:
        n = max(0, round(visits.days_since_last))
        ago = ngettext("%(n)d day ago", "%(n)d days ago", n) % {"n": n}
        told |= {"days_since_last": n, "last_seen": gettext("today") if n == 0 else ago}
    return told


def card_words(card: Card, language: str) -> dict[str, Any]:
    """Return an item as a template shows it, its price as the language writes it."""
    price = (
        formats.amount(card.price, card.currency, language)
        if card.price and card.currency
        else ""
    )
    return _filled(
        {
            "item_id": card.item_id,
            "title": _shortened(one_line(card.title) or card.item_id),
            "reason": one_line(card.reason),
            "engine": card.engine,
            "brand": one_line(card.brand),
            "category": one_line(card.category.rsplit(">", 1)[-1]),
            "price": price,
            "url": web_address(card.url),
            "image_url": web_address(card.image_url),
        }
    )


def _lately(lately: Lately | None, person: Person) -> dict[str, Any]:
    if lately is None:
        return {}
    viewed = [card_words(card, person.language) for card in lately.viewed]
    return {
        "last_viewed": viewed,
        "order": _order(lately.order, person) if lately.order else None,
    }


def _points(points: PointsFacts | None, person: Person) -> dict[str, Any]:
    if points is None:
        return {}
    day = points.expires_at
    when = formats.day(day, person.zone, person.language) if day else ""
    said = {"balance": points.balance, "expiring": points.expiring}
    return {
        "points": said | _filled({"expire_on": when}),
        "tier": one_line(points.tier),
    }


def _order(order: OrderFacts, person: Person) -> dict[str, Any]:
    total = order.total
    return _filled(
        {
            "id": order.order_id,
            "on": formats.day(order.at, person.zone, person.language),
            "total": (
                ""
                if total is None
                else formats.amount(total, order.currency, person.language)
            ),
            "lines": [_line(line, order.currency, person) for line in order.lines],
        }
    )


def _line(line: OrderedItem, currency: str, person: Person) -> dict[str, Any]:
    price = (
        ""
        if line.price is None
        else formats.amount(line.price, currency, person.language)
    )
    quantity = Decimal(line.quantity)
    whole = (
        int(quantity) if quantity == quantity.to_integral_value() else float(quantity)
    )
    return {
        **card_words(line.card, person.language),
        **_filled({"quantity": whole, "price": price}),
    }


def _coupon(coupon: CouponFacts, person: Person) -> dict[str, Any]:
    minimum = coupon.minimum_spend
    return _filled(
        {
            "code": coupon.code,
            "worth": worth(coupon, person.language),
            "what": what(coupon, person.language),
            "value": float(coupon.value),
            "expires_on": formats.day(coupon.expires_at, person.zone, person.language),
            "minimum_spend": (
                formats.amount(minimum, coupon.currency, person.language)
                if minimum
                else ""
            ),
        }
    )


def worth(coupon: CouponFacts, language: str) -> str:
    """Return how much a coupon takes off: an amount, or a share."""
    if coupon.kind == PERCENT and coupon.percent is not None:
        return f"{coupon.percent.normalize():f} %"
    return formats.amount(coupon.value, coupon.currency, language)


def what(coupon: CouponFacts, language: str) -> str:
    """Say what a coupon brings that takes nothing off; empty for the others."""
    if coupon.kind in (AMOUNT, PERCENT):
        return ""
    with override(language or None):
        words = {
            FREE_DELIVERY: gettext("Free delivery"),
            GIFT: gettext("A gift"),
            POINTS: gettext("%(n)d points") % {"n": coupon.points or 0},
        }
    return words[coupon.kind]


def web_address(url: str) -> str:
    """Return an address that a link may lead to, or nothing: never javascript: or
    data:.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def one_line(text: str) -> str:
    """Return a text without line breaks, control characters or invisible changes of
    direction.
    """
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_TITLE else f"{text[: MAX_TITLE - 1]}…"


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty; lists stay, so that a loop over nothing is no mistake."""
    return {
        key: value
        for key, value in values.items()
        if value or not (value is None or value in ("", {}))
    }
