"""Rules that hold for all campaigns: what a person decided in the admin, else what the
environment says. A rule that the environment names can't be changed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.conf import settings
from django.db.models.functions import Now

from campaigns.content.message_parts import PARTS
from campaigns.models import ShopRule

HOLDOUT, MARGIN, COSTS = "GLOBAL_HOLDOUT", "SHOP_MARGIN", "SEND_COSTS"
QUIET, BRAKE, SUNSET = "quiet_hours", "brake", "sunset"
MOST_HELD_OUT = 0.5
MOST_VOLUME = 1000.0  # times the usual
LONGEST_SILENCE = 1825  # days
DEAREST = 100.0  # of one message, in the shop's currency


class BadRule(ValueError):
    """A value that no rule can have: one sentence."""


@dataclass(frozen=True)
class ShopQuiet:
    """When no marketing of the shop leaves, by the customer's own clock."""

    start: time
    end: time
    channels: frozenset[str]

    def holds_on(self, channel: str) -> bool:
        return channel in self.channels


@dataclass(frozen=True)
class BrakeLimits:
    """Beyond which share of messages sending pauses by itself; volume is so many times
    the busiest of the usual days.
    """

    complaints: float = 0.003  # what the large mailbox providers bear
    bounces: float = 0.05
    unsubscribes: float = 0.02
    volume: float = 3.0
    is_on: bool = True

    def of(self, kind: str) -> float:
        return float(getattr(self, kind))


@dataclass(frozen=True)
class Sunset:
    """After how long without an answer customers get less, then nothing."""

    less_days: int = 180
    nothing_days: int = 365
    fewest: int = 5  # messages without an answer
    exempt: float = 0.1  # share by lot, against whom the rule is measured
    is_on: bool = True


def global_holdout() -> float:
    """Return the share of customers whom no marketing reaches."""
    return float(_value(HOLDOUT))


def margin() -> float:
    """Return what the shop keeps of each unit of money that is paid."""
    return float(_value(MARGIN))


def send_costs() -> Mapping[str, float]:
    """Return what one message costs, by channel."""
    costs: Mapping[str, float] = _value(COSTS)
    return costs


def quiet_hours() -> ShopQuiet | None:
    """Return the shop's quiet hours, None where it has none: each campaign's own hold
    beside them.
    """
    row = ShopRule.objects.filter(key=QUIET).first()
    if row is None or not row.value:
        return None
    said = row.value
    return ShopQuiet(
        time.fromisoformat(said["start"]),
        time.fromisoformat(said["end"]),
        frozenset(said["channels"]),
    )


def brake() -> BrakeLimits:
    """Return beyond what sending pauses by itself: on until a person turns it off."""
    row = ShopRule.objects.filter(key=BRAKE).first()
    return BrakeLimits(**row.value) if row else BrakeLimits()


def sunset() -> Sunset:
    """Return the rule about long silence: on until a person turns it off."""
    row = ShopRule.objects.filter(key=SUNSET).first()
    return Sunset(**row.value) if row else Sunset()


def row(key: str) -> ShopRule | None:
    """Return a rule as a person decided it, with who and when; None where nobody did."""
    return ShopRule.objects.select_related("changed_by").filter(key=key).first()


def is_fixed(key: str) -> bool:
    """Say whether the environment names a rule: it comes first."""
    return key in settings.SAID_BY_ENVIRONMENT


def change(key: str, value: Any, *, by: Any = None) -> bool:
    """Decide a rule; return whether it is another one now. Raise `BadRule`."""
    if is_fixed(key):
        raise BadRule(f"{key} is set in the environment; change it there.")
    checked = CHECKS[key](value)
    if (known := row(key)) is not None and known.value == checked:
        return False
    ShopRule.objects.update_or_create(
        key=key, defaults={"value": checked, "changed_by": by, "changed_at": Now()}
    )
    return True


def _value(key: str) -> Any:
    if is_fixed(key):
        return getattr(settings, key)
    row = ShopRule.objects.filter(key=key).first()
    return getattr(settings, key) if row is None else row.value


def _share(most: float) -> Any:
    def check(value: Any) -> float:
        if not isinstance(value, (int, float)) or not 0 <= value <= most:
            raise BadRule(f"A share from 0 to {most:g} is expected.")
        return float(value)

    return check


def _costs(value: Any) -> dict[str, float]:
    for channel, cost in value.items():
        if channel not in PARTS:
            raise BadRule(f"There is no channel {channel!r}.")
        if not 0 <= cost <= DEAREST:
            raise BadRule(f"A cost from 0 to {DEAREST:g} is expected.")
    return {channel: float(cost) for channel, cost in value.items() if cost}


def _quiet(value: Any) -> dict[str, Any]:
    if not value:
        return {}
    start, end = (time.fromisoformat(value[name]) for name in ("start", "end"))
    channels = sorted(set(value["channels"]))
    if strange := [one for one in channels if one not in PARTS]:
        raise BadRule(f"There is no channel {strange[0]!r}.")
    if not channels:
        raise BadRule("Choose at least one channel.")
    if start == end:
        raise BadRule("Quiet hours end at another time than they begin.")
    return {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}", "channels": channels}


def _brake(value: Any) -> dict[str, Any]:
    shares = {
        name: _share(0.5)(value[name])
        for name in ("complaints", "bounces", "unsubscribes")
    }
    if not all(shares.values()):
        raise BadRule("A limit above 0 is expected.")
    if not 1 <= value["volume"] <= MOST_VOLUME:
        raise BadRule(
            f"A volume from 1 to {MOST_VOLUME:g} times the usual is expected."
        )
    return {**shares, "volume": float(value["volume"]), "is_on": bool(value["is_on"])}


def _sunset(value: Any) -> dict[str, Any]:
    less, nothing, fewest = (
        int(value[name]) for name in ("less_days", "nothing_days", "fewest")
    )
    if not 30 <= less < nothing <= LONGEST_SILENCE:
        raise BadRule(
            f"Less comes before nothing, within 30 to {LONGEST_SILENCE} days."
        )
    if not 1 <= fewest <= 1000:
        raise BadRule("A number of messages from 1 to 1000 is expected.")
    return {
        "less_days": less,
        "nothing_days": nothing,
        "fewest": fewest,
        "exempt": _share(MOST_HELD_OUT)(value["exempt"]),
        "is_on": bool(value["is_on"]),
    }


CHECKS = {
    HOLDOUT: _share(MOST_HELD_OUT),
    MARGIN: _share(1),
    COSTS: _costs,
    QUIET: _quiet,
    BRAKE: _brake,
    SUNSET: _sunset,
}
