"""Traits as people read them: the plug-in's own title, definition and unit beside each value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from profiles.models import Customer, Portrait
from retention_site.lib import registry
from retention_site.lib.admin import words


@dataclass(frozen=True)
class TraitLine:
    """One trait of one customer, ready to be read."""

    key: str
    title: str
    value: str
    definition: str
    window: str
    evidence: int | None
    computed_at: datetime


def lines(portrait: Portrait) -> list[TraitLine]:
    """Return every trait of a portrait, in the order in which traits are plugged in."""
    order = {key: place for place, key in enumerate(registry.keys("traits"))}
    keys = sorted(portrait.traits, key=lambda key: (order.get(key, len(order)), key))
    return [_line(key, portrait) for key in keys]


def cell(customer: Customer, key: str) -> str:
    """Return one trait's value for a cell of a list."""
    portrait = getattr(customer, "portrait", None)
    found = portrait.traits.get(key) if portrait else None
    return words.plain(found["value"]) if found else words.NOTHING


def summary(customer: Customer) -> list[str]:
    """The few traits that say most about a customer."""
    return [cell(customer, key) for key in ("recency", "frequency", "monetary", "favourite_categories")]


def _line(key: str, portrait: Portrait) -> TraitLine:
    kept = portrait.traits[key]
    return TraitLine(key, key, words.plain(kept.get("value")), "", "", kept.get("evidence"), portrait.computed_at)
