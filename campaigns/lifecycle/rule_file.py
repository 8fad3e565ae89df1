"""The shop's rules as one document: what the pages of rules show, for a file."""

from __future__ import annotations

from dataclasses import asdict
from datetime import time
from typing import Any

from django.db import transaction

from campaigns.content import shop_rules
from campaigns.content.mapping_reader import BadCampaign, Section
from campaigns.content.message_parts import PARTS
from campaigns.content.shop_rules import (
    BRAKE,
    COSTS,
    DEAREST,
    HOLDOUT,
    LONGEST_SILENCE,
    MARGIN,
    MOST_HELD_OUT,
    MOST_VOLUME,
    QUIET,
    SUNSET,
    BadRule,
    BrakeLimits,
    Sunset,
)

# key of the document: key of the rule
KEYS = {
    "global_holdout": HOLDOUT,
    "margin": MARGIN,
    "send_costs": COSTS,
    "quiet_hours": QUIET,
    "brake": BRAKE,
    "sunset": SUNSET,
}
OFF = "off"


def document() -> dict[str, Any]:
    """Return the rules that hold, as a file says them."""
    quiet = shop_rules.quiet_hours()
    return {
        "global_holdout": shop_rules.global_holdout(),
        "margin": shop_rules.margin(),
        "send_costs": dict(shop_rules.send_costs()),
        "quiet_hours": (
            {
                "start": f"{quiet.start:%H:%M}",
                "end": f"{quiet.end:%H:%M}",
                "channels": sorted(quiet.channels),
            }
            if quiet
            else OFF
        ),
        "brake": asdict(shop_rules.brake()),
        "sunset": asdict(shop_rules.sunset()),
    }


def read(raw: Any) -> dict[str, Any]:
    """Check a document; return the values that it names, by rule. What it leaves out
    stays as it is. Raise `BadCampaign`.
    """
    values: dict[str, Any] = Section(raw).through(_read)
    return values


@transaction.atomic
def apply(raw: Any) -> list[str]:
    """Decide all rules of a document or none; return the keys of those that changed.
    Raise `BadCampaign`.
    """
    values, held = read(raw), document()
    changed = []
    for said, key in KEYS.items():
        if key not in values or values[key] == held[said]:
            continue
        try:
            changed += [said] if shop_rules.change(key, values[key]) else []
        except BadRule as error:
            raise BadCampaign(f"{said}: {error}") from error
    return changed


def _read(top: Section) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if top.has("global_holdout"):
        found[HOLDOUT] = top.number("global_holdout", low=0, high=MOST_HELD_OUT)
    if top.has("margin"):
        found[MARGIN] = top.number("margin", low=0, high=1)
    readers = {
        "send_costs": _costs,
        "quiet_hours": _quiet,
        "brake": _brake,
        "sunset": _sunset,
    }
    for said, reader in readers.items():
        if said == "quiet_hours" and top.raw.get(said) in (OFF, False):
            found[QUIET] = {}  # YAML reads a bare off as false
            top.taken.add(said)
        elif top.has(said):
            found[KEYS[said]] = top.read(said, reader)
    return found


def _costs(section: Section) -> dict[str, float]:
    return {
        channel: section.number(channel, low=0, high=DEAREST)
        for channel in PARTS
        if section.has(channel)
    }


def _quiet(section: Section) -> dict[str, Any]:
    return {
        "start": _wall_time(section, "start"),
        "end": _wall_time(section, "end"),
        "channels": list(section.choices("channels", PARTS)),
    }


def _wall_time(section: Section, key: str) -> str:
    said = section.text(key)
    try:
        return f"{time.fromisoformat(said):%H:%M}"
    except ValueError:
        raise section.refuse(
            key, f"{said!r} is no time of day such as 21:00."
        ) from None


def _brake(section: Section) -> dict[str, Any]:
    held: BrakeLimits = shop_rules.brake()
    return {
        "complaints": section.number("complaints", held.complaints, low=0, high=0.5),
        "bounces": section.number("bounces", held.bounces, low=0, high=0.5),
        "unsubscribes": section.number(
            "unsubscribes", held.unsubscribes, low=0, high=0.5
        ),
        "volume": section.number("volume", held.volume, low=1, high=MOST_VOLUME),
        "is_on": section.flag("is_on", held.is_on),
    }


def _sunset(section: Section) -> dict[str, Any]:
    held: Sunset = shop_rules.sunset()
    return {
        "less_days": section.whole(
            "less_days", held.less_days, low=30, high=LONGEST_SILENCE
        ),
        "nothing_days": section.whole(
            "nothing_days", held.nothing_days, low=30, high=LONGEST_SILENCE
        ),
        "fewest": section.whole("fewest", held.fewest, low=1, high=1000),
        "exempt": section.number("exempt", held.exempt, low=0, high=MOST_HELD_OUT),
        "is_on": section.flag("is_on", held.is_on),
    }
