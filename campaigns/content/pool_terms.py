"""What a coupon pool allows: one schema for campaign files, the API and the admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from campaigns.content.mapping_reader import BadCampaign, Section
from profiles.intake.currencies import CURRENCIES
from retention_site.lib.clock import shop_zone

AMOUNT, PERCENT, FREE_DELIVERY = "amount", "percent", "free_delivery"
GIFT, POINTS = "gift", "points"
KINDS = (AMOUNT, PERCENT, FREE_DELIVERY, GIFT, POINTS)
GENERATED, IMPORTED, SHARED = "generated", "imported", "shared"
MOST_CODES = 2_000_000_000
MOST_WORDS = 200  # of categories and of items


@dataclass(frozen=True)
class Conditions:
    """What a coupon is, and what an order must be to take it."""

    kind: str = AMOUNT
    percent: Decimal | None = None
    points: int | None = None
    gift_item: str = ""
    categories: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    is_first_order: bool = False
    per_customer: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class PoolTerms:
    """A pool as somebody asks for it."""

    name: str
    cap: int
    budget: Decimal
    currency: str
    valid_days: int
    is_stackable: bool = False
    codes: str = GENERATED
    shared_code: str = ""
    value: Decimal | None = None
    minimum_spend: Decimal = Decimal(0)
    conditions: Conditions = Conditions()


def read_terms(section: Section, currency: str) -> PoolTerms:
    """Read a pool of its own, not one of a campaign; raise `BadCampaign`."""
    codes = section.choice("codes", (GENERATED, IMPORTED, SHARED), GENERATED)
    terms = PoolTerms(
        name=_words(section, "name"),
        cap=section.whole("cap", low=1, high=MOST_CODES),
        budget=Decimal(section.money("budget")),
        currency=read_currency(section, currency),
        valid_days=section.whole("valid_days", 28, low=1, high=3660),
        is_stackable=section.flag("stackable", default=False),
        codes=codes,
        shared_code=_words(section, "code") if codes == SHARED else "",
        value=_value(section),
        minimum_spend=Decimal(section.money("minimum_spend", "0")),
        conditions=read_conditions(section),
    )
    if codes == SHARED and terms.conditions.ends_at is None:
        raise section.refuse("ends", "is missing: a shared code needs its last day.")
    if codes != SHARED and section.has("code"):
        raise section.refuse("code", "only a pool of one shared code has one.")
    if terms.value is not None and terms.value > terms.budget:
        raise section.refuse("budget", f"not even one coupon of {terms.value} fits.")
    return terms


def read_conditions(section: Section) -> Conditions:
    """Read what both a pool and the offer of a campaign may lay down."""
    kind = section.choice("kind", KINDS, AMOUNT)
    found = Conditions(
        kind=kind,
        percent=_percent(section) if kind == PERCENT else None,
        points=section.whole("points", low=1, high=10**9) if kind == POINTS else None,
        gift_item=_words(section, "gift_item") if kind == GIFT else "",
        categories=_names(section, "categories"),
        items=_names(section, "items"),
        is_first_order=section.flag("first_order", default=False),
        per_customer=_per_customer(section),
        starts_at=_moment(section, "starts"),
        ends_at=_moment(section, "ends"),
    )
    for key, kind_of_it in (
        ("percent", PERCENT),
        ("points", POINTS),
        ("gift_item", GIFT),
    ):
        if kind != kind_of_it and section.has(key):
            raise section.refuse(key, f"goes with kind: {kind_of_it}, not {kind}.")
    if found.starts_at and found.ends_at and found.ends_at <= found.starts_at:
        raise section.refuse("ends", "must be after it starts.")
    return found


def read_currency(section: Section, currency: str) -> str:
    found = section.text("currency", currency).upper()
    if found not in CURRENCIES:
        raise section.refuse("currency", f"{found!r} is no currency (ISO 4217).")
    return found


def _value(section: Section) -> Decimal:
    found = Decimal(section.money("value"))
    if found <= 0:
        raise section.refuse(
            "value", "must be above 0: it is what one coupon may cost at most."
        )
    return found


def _percent(section: Section) -> Decimal:
    found = Decimal(section.money("percent"))
    if not 0 < found <= 100:
        raise section.refuse("percent", "must be above 0 and at most 100.")
    return found


def _per_customer(section: Section) -> int | None:
    if not section.has("per_customer"):
        return None
    return section.whole("per_customer", low=1, high=1_000_000)


def _words(section: Section, key: str) -> str:
    found = " ".join(section.text(key).split())
    if not found:
        raise section.refuse(key, "is missing.")
    if len(found) > MOST_WORDS:
        raise section.refuse(key, f"has more than {MOST_WORDS} characters.")
    return found


def _names(section: Section, key: str) -> tuple[str, ...]:
    found = section.list(key, [])
    if len(found) > MOST_WORDS:
        raise section.refuse(key, f"names more than {MOST_WORDS}.")
    for one in found:
        if not isinstance(one, str) or not one.strip() or "\0" in one:
            raise section.refuse(key, "a list of names is expected.")
    return tuple(dict.fromkeys(one.strip() for one in found))


def _moment(section: Section, key: str) -> datetime | None:
    """Take a day or a moment; without a zone it is the shop's."""
    said: Any = section.take(key)
    if said is None:
        return None
    try:
        found = said if isinstance(said, date) else datetime.fromisoformat(str(said))
    except ValueError:
        raise section.refuse(key, "a time is expected, as 2026-05-31T18:00.") from None
    if not isinstance(found, datetime):
        found = datetime.combine(found, time())
    if not 1970 <= found.year < 3000:
        raise section.refuse(key, "lies outside the years 1970 to 3000.")
    return found if found.tzinfo else found.replace(tzinfo=shop_zone())


__all__ = [
    "BadCampaign",
    "Conditions",
    "PoolTerms",
    "read_conditions",
    "read_currency",
    "read_terms",
]
