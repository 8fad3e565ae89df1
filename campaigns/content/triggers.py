"""Read what starts a campaign for one customer. Pure: each kind takes its own keys and
no others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from campaigns.content.mapping_reader import BadCampaign, Section
from campaigns.content.message_parts import PARTS
from campaigns.content.model import TriggerPlan
from campaigns.content.timing import wall_time

PENDING_CONSENT = "pending_consent"
CUSTOMER = "customer"  # as a key: one message to a customer, whatever it was about
# they come to many at once
IN_MASSES = ("segment", "anniversary", "back_in_stock", "price_drop")
MOVES = ("entered", "left")
DAYS = ("birth_date", "signed_up_at", "first_purchase")
INTEREST = ("view", "cart")
SPAN = re.compile(r"\A(\d+(?:\.\d+)?) *(minute|hour|day|week)s?\Z")
LONGEST = timedelta(days=366)


def trigger(section: Section) -> TriggerPlan:
    """Read a trigger: its kind's own keys, then what every kind may say."""
    sample = section.take("sample", {})
    if not isinstance(sample, Mapping):
        raise section.refuse(
            "sample",
            "keys with values are expected: what the caller's data looks like.",
        )
    kind = section.choice("kind", KINDS, "webhook")
    plan = TriggerPlan(
        kind=kind,
        sample=dict(sample),
        delay=_span(section, "delay"),
        cool_down=_span(section, "cool_down"),
        cancel_if=events(section, "cancel_if", ()),
        not_older_than=_span(section, "not_older_than") or TriggerPlan.not_older_than,
        **KINDS[kind](section),
    )
    _leave_empty(section, plan)
    return plan


def check(plan: TriggerPlan | None) -> None:
    """Refuse a campaign that would write for each event of a customer."""
    if plan and plan.key == CUSTOMER and not plan.cool_down:
        raise BadCampaign(
            "trigger.cool_down: is missing: with key: customer it says how soon another"
            " message may follow."
        )


def span(text: str) -> timedelta:
    """Return the length of `45 minutes`, `1 hour`, `3 days`; nothing for an empty text."""
    found = SPAN.match(text)
    return timedelta(**{f"{found[2]}s": float(found[1])}) if found else timedelta(0)


def _event(section: Section) -> dict[str, Any]:
    return {
        "events": events(section, "events", None),
        "key": section.text("key", ""),
    }


def _segment(section: Section) -> dict[str, Any]:
    return {
        "segment": section.text("segment"),
        "move": section.choice("move", MOVES, "entered"),
    }


def _anniversary(section: Section) -> dict[str, Any]:
    return {
        "of": section.choice("of", DAYS, DAYS[0]),
        "days_before": section.whole("days_before", 0, low=0, high=60),
        "at": wall_time(section, "at", "09:00"),
    }


def _back_in_stock(section: Section) -> dict[str, Any]:
    return {
        "events": events(section, "events", INTEREST),
        "interest_days": section.whole("interest_days", 30, low=1, high=366),
    }


def _price_drop(section: Section) -> dict[str, Any]:
    return {
        **_back_in_stock(section),
        "least_drop": section.number("least_drop", 0.1, low=0.01, high=0.99),
    }


def _pending_consent(section: Section) -> dict[str, Any]:
    return {"channel": section.choice("channel", PARTS, "email")}


def _called(_section: Section) -> dict[str, Any]:
    return {}


KINDS: dict[str, Callable[[Section], dict[str, Any]]] = {
    "webhook": _called,
    "api": _called,
    "event": _event,
    "segment": _segment,
    "anniversary": _anniversary,
    "back_in_stock": _back_in_stock,
    "price_drop": _price_drop,
    PENDING_CONSENT: _pending_consent,
}


def _leave_empty(section: Section, plan: TriggerPlan) -> None:
    """Accept the empty fields of other kinds, as a stored content has them; `done`
    refuses any that says something.
    """
    for name in TriggerPlan.__dataclass_fields__:
        if name in section.raw and not section.raw[name]:
            section.take(name)


def events(
    section: Section, key: str, default: tuple[str, ...] | None
) -> tuple[str, ...]:
    """Take one kind of event or a list of them."""
    found = section.take(key, default)
    words = [found] if isinstance(found, str) else found
    if not isinstance(words, list | tuple) or (not words and default is None):
        raise section.refuse(
            key, "the kind of an event such as cart is expected, or a list of them."
        )
    if not all(isinstance(word, str) and word.strip() for word in words):
        raise section.refuse(key, "each is the kind of an event, such as purchase.")
    return tuple(dict.fromkeys(word.strip() for word in words))


def _span(section: Section, key: str) -> str:
    text = section.text(key, "")
    if text and (not SPAN.match(text) or span(text) > LONGEST):
        raise section.refuse(
            key,
            f"{text!r} is not a length such as 45 minutes, 1 hour or 3 days (a year at"
            " most).",
        )
    return text
