"""Traits as people read them: the plug-in's own title, definition and unit beside each
value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.models import Customer
from profiles.portraits.store import portrait_of
from retention_site.lib import registry
from retention_site.lib.admin import words

MONEY, SHARE = "money", "%"


@dataclass(frozen=True)
class TraitLine:
    """One trait of one customer, ready to be read."""

    title: str
    value: str
    definition: str
    window: str
    evidence: int | None


def lines(customer: Customer) -> list[TraitLine]:
    """Write every line of a customer's portrait out."""
    return [
        TraitLine(
            title=line.title,
            value=value_words(line.key, line.value),
            definition=line.definition,
            window=_window(line.window_days, line.definition),
            evidence=line.evidence,
        )
        for line in portrait_of(customer)
    ]


def cell(customer: Customer, key: str) -> str:
    """Write one trait of a customer, for a cell of a list."""
    portrait = getattr(customer, "portrait", None)
    found = portrait.traits.get(key) if portrait else None
    return value_words(key, found["value"]) if found else words.NOTHING


def summary(customer: Customer) -> list[str]:
    """The few traits that say most about a customer: last order, orders, spend,
    favourite.
    """
    return [
        cell(customer, key)
        for key in ("recency_days", "n_orders", "spend", "favourite_category")
    ]


def trait_title(key: str) -> str:
    """The title of a trait; its key in words where no plug-in carries it."""
    return str(getattr(_plugin(key), "title", key.replace("_", " ").capitalize()))


def value_words(key: str, value: Any) -> str:
    """Write a trait's value with its unit: money with the shop's currency, shares in
    per cent.
    """
    if isinstance(value, str) and key == "group":
        return words.said(value)
    if isinstance(value, str):
        # levels of a category
        return " › ".join(_(part.strip()) for part in value.split(">") if part.strip())
    if not isinstance(value, int | float) or isinstance(value, bool):
        return words.plain(value)
    unit = _unit(key)
    if unit == MONEY:
        return words.money(value, settings.SHOP_CURRENCY)
    if unit == SHARE:
        return words.rate(value)
    if unit in ("", "orders"):
        return words.plain(value)
    number = words.number(value, 0 if abs(value) >= 10 else 1)
    if unit == "days":
        return ngettext("%(n)s day", "%(n)s days", _plural(value)) % {"n": number}
    if unit == "days ago":
        shape = ngettext("%(n)s day ago", "%(n)s days ago", _plural(value))
        return shape % {"n": number}
    return f"{number} {_(unit)}"


def _plural(value: float) -> int:
    """Return the number that chooses a plural's form: 1 only where "1" is written."""
    return 1 if round(value, 1) == 1 else 2


def _window(days: int | None, definition: str) -> str:
    """Say the window where the definition does not."""
    return (
        _("the last %(n)s days") % {"n": days}
        if days and str(days) not in definition
        else ""
    )


def _unit(key: str) -> str:
    """A trait's unit as it was written, whatever the page's language."""
    with translation.override(None):
        return str(getattr(_plugin(key), "unit", ""))


def _plugin(key: str) -> Any:
    """The trait's plug-in; None for one that was handed in from elsewhere."""
    try:
        return registry.load("traits", key)
    except registry.UnknownPlugin:
        return None
