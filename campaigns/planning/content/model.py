"""What a campaign version holds, as frozen dataclasses. `dataclasses.asdict` of a `Content` is what is stored."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

CONTROL = "control"  # the arm that gets nothing


class Kind(StrEnum):
    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"  # the customer's own business: no holdout by default, no marketing consent needed


class WhenExhausted(StrEnum):
    HOLD = "hold"  # no coupon, no message
    SEND = "send"  # the message goes out without a coupon


@dataclass(frozen=True)
class Goal:
    words: str
    metrics: tuple[str, ...]
    window_days: int


@dataclass(frozen=True)
class SegmentRule:
    name: str | None  # of a named segment; its rule is copied, so that approval covers it
    rule: dict[str, Any]


@dataclass(frozen=True)
class Arm:
    """One treatment; what it leaves open is the campaign's."""

    name: str
    weight: float
    offer: bool = True
    value: dict[str, Any] | None = None  # a value policy of its own
    channels: tuple[str, ...] = ()
    messages: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Offer:
    pool: str
    cap: int
    budget: str
    currency: str
    valid_days: int
    minimum_spend: str
    when_exhausted: WhenExhausted
    value: dict[str, Any]  # {"policy": key, …its fields}


@dataclass(frozen=True)
class Recommendations:
    mode: str
    k: int


@dataclass(frozen=True)
class QuietHours:
    start: str  # local wall time, "21:00"
    end: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Timetable:
    starts: str  # local wall time, "2024-05-06T09:30"
    time_zone: str
    repeat: str  # RFC 5545; empty: once
    grace_minutes: int


@dataclass(frozen=True)
class TriggerPlan:
    kind: str
    sample: dict[str, Any]  # what the caller's data looks like: approval renders with it


@dataclass(frozen=True)
class Content:
    name: str
    kind: Kind
    goal: Goal
    segment: SegmentRule | None  # None: a trigger names the customer
    topic: str
    salt: str  # of the assignment; empty: drawn when the campaign is made
    holdout: float
    arms: tuple[Arm, ...]
    channels: tuple[str, ...]  # in order of preference
    preferred: str  # the customer's own preference stands in this trait
    messages: dict[str, dict[str, str]]  # channel → part → Liquid
    partials: dict[str, str]
    offer: Offer | None
    recommendations: Recommendations | None
    limits: dict[str, int]
    quiet_hours: QuietHours | None
    expires_after_hours: float
    priority: int
    schedule: Timetable | None
    trigger: TriggerPlan | None

    @property
    def is_marketing(self) -> bool:
        return self.kind == Kind.MARKETING

    def arm(self, name: str) -> Arm | None:
        """Return an arm by name; None for the control."""
        return next((arm for arm in self.arms if arm.name == name), None)

    def channels_of(self, arm: Arm) -> tuple[str, ...]:
        return arm.channels or self.channels

    def words_of(self, arm: Arm | None, channel: str) -> dict[str, str]:
        """Return the templates of one channel by part, the arm's own before the campaign's."""
        own = arm.messages.get(channel, {}) if arm else {}
        return {**self.messages.get(channel, {}), **own}

    def offer_of(self, arm: Arm) -> Offer | None:
        return self.offer if arm.offer else None

    def value_policy_of(self, arm: Arm) -> dict[str, Any]:
        return arm.value or (self.offer.value if self.offer else {})


def stored(content: Content) -> dict[str, Any]:
    """Turn a content into the JSON that a version keeps; reading it again gives the same content."""
    return json.loads(json.dumps(asdict(content), default=str))


def hash_of(stored_content: dict[str, Any]) -> str:
    """Return the sha256 of a stored content, whatever the order of its keys."""
    canonical = json.dumps(stored_content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
