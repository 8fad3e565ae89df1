"""What a campaign version holds, as frozen dataclasses. `dataclasses.asdict` of a
`Content` is what is stored.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from campaigns.content import language_variants
from campaigns.content.pool_terms import Conditions

CONTROL = "control"  # the arm that gets nothing
JOURNEY_KEYS = ("steps", "again", "leave")
CUSTOMER_ZONE = "customer"  # a schedule in the zone of each customer


class Kind(StrEnum):
    MARKETING = "marketing"
    # the customer's own business: no holdout by default, no marketing consent needed
    TRANSACTIONAL = "transactional"


class WhenExhausted(StrEnum):
    HOLD = "hold"  # no coupon, no message
    SEND = "send"  # the message goes out without a coupon


@dataclass(frozen=True)
class Goal:
    words: str
    metrics: tuple[str, ...]
    window_days: int
    # looked at beside the goal, with a correction of their own
    also: tuple[str, ...] = ()
    # metric → the harm that is still bearable
    guardrails: dict[str, float] = field(default_factory=dict)
    # quantile to which larger amounts are pulled in, declared beforehand
    winsorise: float | None = None


@dataclass(frozen=True)
class SegmentRule:
    # of a named segment; its rule is copied, so that approval covers it
    name: str | None
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
    stackable: bool = False  # an order may take it beside other coupons that may
    # what a coupon is and which orders take it: see pool_terms.Conditions
    kind: str = "amount"
    percent: str | None = None
    points: int | None = None
    gift_item: str | None = None
    categories: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    first_order: bool = False
    per_customer: int | None = None
    starts: str | None = None
    ends: str | None = None

    @property
    def conditions(self) -> Conditions:
        return Conditions(
            kind=self.kind,
            percent=Decimal(self.percent) if self.percent else None,
            points=self.points,
            gift_item=self.gift_item or "",
            categories=self.categories,
            items=self.items,
            is_first_order=self.first_order,
            per_customer=self.per_customer,
            starts_at=datetime.fromisoformat(self.starts) if self.starts else None,
            ends_at=datetime.fromisoformat(self.ends) if self.ends else None,
        )


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
    time_zone: str  # or CUSTOMER_ZONE: each customer's own
    repeat: str  # RFC 5545; empty: once
    grace_minutes: int


@dataclass(frozen=True)
class SendTime:
    """When each message of a run may leave, by the customer's own clock."""

    at: str  # local wall time, "10:00"; empty: at once
    # in the hours in which the customer usually buys, where these come soon enough
    best_slot: bool
    within_hours: float  # how long a message may wait for its slot
    spread_hours: float  # spread evenly over so long


@dataclass(frozen=True)
class TriggerPlan:
    """What starts the campaign for one customer. Fields that a kind has no use for are
    empty.
    """

    kind: str
    # what the template finds as `data`: approval renders with it
    sample: dict[str, Any]
    # of kind event: what the customer did; of an item's kinds: what showed interest
    events: tuple[str, ...] = ()
    # the business object: a field of the event, or "customer"; empty: each event by
    # itself
    key: str = ""
    segment: str = ""
    move: str = ""  # entered or left
    of: str = ""  # which day of the customer's comes round
    days_before: int = 0
    at: str = ""  # local wall time of the day, "09:00"
    interest_days: int = 0
    least_drop: float = 0.0  # of the price, 0–1
    channel: str = ""  # on which somebody agreed and has yet to confirm it
    delay: str = ""  # "45 minutes"
    cool_down: str = ""  # "7 days": no second message to a customer within it
    cancel_if: tuple[str, ...] = ()  # events that make the message pointless
    not_older_than: str = (
        "2 days"  # what happened longer ago when we learn of it starts nothing
    )


@dataclass(frozen=True)
class Layer:
    """Campaigns of one layer never share a customer; each takes its share of the layer."""

    name: str
    share: float


class Learning(StrEnum):
    THOMPSON = "thompson"


@dataclass(frozen=True)
class Allocation:
    """How the arms' weights follow what earlier runs showed; the control group stays as
    it is.
    """

    by: Learning
    metric: str
    least: float  # of the treated customers, for every arm


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
    send_time: SendTime | None = None
    campaign_class: str = ""  # whose contact limits count it
    # without an answer it is tried again: better twice than never
    must_arrive: bool = False
    # customers whom no marketing reaches are left alone here too
    global_holdout: bool = True
    layer: Layer | None = None
    allocation: Allocation | None = None
    # a journey: many steps, each with words of its own (campaigns.content.journey_steps)
    steps: tuple[dict[str, Any], ...] = ()
    again: str = ""  # how often one customer may enter
    leave: dict[str, Any] | None = None  # what ends it before its last step

    @property
    def is_journey(self) -> bool:
        return bool(self.steps)

    @property
    def is_marketing(self) -> bool:
        return self.kind == Kind.MARKETING

    def arm(self, name: str) -> Arm | None:
        """Return an arm by name; None for the control."""
        return next((arm for arm in self.arms if arm.name == name), None)

    def channels_of(self, arm: Arm) -> tuple[str, ...]:
        return arm.channels or self.channels

    def words_of(self, arm: Arm | None, channel: str) -> dict[str, str]:
        """Return the templates of one channel by part, the arm's own before the
        campaign's.
        """
        own = arm.messages.get(channel, {}) if arm else {}
        return language_variants.over(self.messages.get(channel, {}), own)

    def offer_of(self, arm: Arm) -> Offer | None:
        return self.offer if arm.offer else None

    def value_policy_of(self, arm: Arm) -> dict[str, Any]:
        return arm.value or (self.offer.value if self.offer else {})


def stored(content: Content) -> dict[str, Any]:
    """Turn a content into the JSON that a version keeps; reading it again gives the
    same content.
    """
    kept: dict[str, Any] = json.loads(json.dumps(asdict(content), default=str))
    if (
        not content.is_journey
    ):  # what campaigns kept before journeys came stays as it is
        for key in JOURNEY_KEYS:
            del kept[key]
    return kept


def hash_of(stored_content: dict[str, Any]) -> str:
    """Return the sha256 of a stored content, whatever the order of its keys."""
    canonical = json.dumps(
        stored_content, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def shares(content: Content) -> dict[str, float]:
    """Return every arm's planned share, the control first; they add up to 1."""
    weights = sum(arm.weight for arm in content.arms)
    treated = {
        arm.name: (1 - content.holdout) * arm.weight / weights for arm in content.arms
    }
    return {CONTROL: content.holdout, **treated}
