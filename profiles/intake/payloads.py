"""One message of the Segment HTTP tracking API, turned into our words. Pure; provider words end here.

Spec: Segment, "HTTP Tracking API" and "Spec: Common Fields". What it says is who (`Ids`), what holds of them
(attributes) and what happened (facts).
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from profiles.intake import values
from profiles.intake.attributes import Reading, attributes_of
from profiles.intake.cleaners import MISSING, UNKNOWN_WORD
from profiles.intake.commerce import Facts, facts_of
from profiles.intake.values import Refused

TRAVEL = timedelta(minutes=1)  # less than this between the sender's clock and ours is travel, not a wrong clock
NOBODY = frozenset("null undefined none nil nan [object object] true false anonymous guest unknown 0 -1".split(" "))
CALLS = ("identify", "track", "page", "screen", "group", "alias")


@dataclass(frozen=True, slots=True)
class Ids:
    """By which ids a message names its customer."""

    user: str | None = None
    anonymous: str | None = None
    previous: str | None = None  # alias: the id by which the customer was known before
    email: str | None = None
    phone: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """A device that takes push messages."""

    token: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one message says, cleaned."""

    message_id: str
    at: datetime
    ids: Ids
    attributes: Mapping[str, Any] = field(default_factory=dict)
    facts: tuple[Facts, ...] = ()
    push: Push | None = None

    @property
    def event_ids(self) -> list[str]:
        """One id for each fact; the lines of an order are numbered."""
        if len(self.facts) == 1 and self.facts[0]["type"] not in ("purchase", "return"):
            return [self.message_id]
        return [f"{self.message_id}:{n}" for n in range(len(self.facts))]


def read(message: Any, reading: Reading, *, sent_ago: timedelta | None = None) -> Said:
    """Return what a message says; raise `Refused` with the field and reason.

    ``sent_ago`` is our real time less the sender's when it sent: a wrong clock is put right by it.
    """
    if not isinstance(message, dict):
        raise Refused("message", "not an object")
    call = message.get("type")
    if call not in CALLS:
        raise Refused("type", MISSING if call is None else UNKNOWN_WORD)
    context = _object(message, "context")
    traits = _stated_traits(message, call, context)
    attributes = attributes_of(traits, reading) if traits else {}
    ids = _ids(message, call, context, attributes)
    facts = tuple(FACTS[call](message)) if call in FACTS else ()
    return Said(
        message_id=values.identifier(message.get("messageId"), "messageId") or _made_up_id(message),
        at=_at(message, reading, sent_ago),
        ids=ids,
        attributes=attributes,
        facts=_with_session(facts, context),
        push=_push(context),
    )


def _stated_traits(message: Mapping[str, Any], call: str, context: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the message states about its customer: its traits, or those that its context repeats."""
    if call == "identify":
        found = {
            name: context[name] for name in ("timezone", "locale") if isinstance(context.get(name), str)
        } | _object(message, "traits")  # fmt: skip
        return found
    if call == "group":
        group = values.required(message.get("groupId"), "groupId")
        return {"group_id": group} | {f"group_{name}": value for name, value in _object(message, "traits").items()}
    return _object(context, "traits")


def _ids(message: Mapping[str, Any], call: str, context: Mapping[str, Any], attributes: Mapping[str, Any]) -> Ids:
    device = context.get("device")
    ids = Ids(
        user=_id(message, "userId"),
        anonymous=_id(message, "anonymousId"),
        previous=_id(message, "previousId") if call == "alias" else None,
        email=attributes.get("email"),
        phone=attributes.get("phone"),
        device=_id(device, "id") if isinstance(device, dict) else None,
    )
    if ids.user is None and ids.anonymous is None:
        raise Refused("userId", MISSING)
    if call == "alias" and ids.previous is None:
        raise Refused("previousId", MISSING)
    return ids


def _id(message: Mapping[str, Any], name: str) -> str | None:
    """Return an id, None for what programs write when they have none: such ids would join strangers."""
    said = values.identifier(message.get(name), name)
    return None if said is None or said.lower() in NOBODY else said


def _at(message: Mapping[str, Any], reading: Reading, sent_ago: timedelta | None) -> datetime:
    said = message.get("timestamp") or message.get("originalTimestamp")
    if said is None:
        return reading.now
    at = values.parsed_moment(said, "timestamp", reading.zone)
    if sent_ago is not None and abs(sent_ago) > TRAVEL:
        at += sent_ago
    values.check_moment(at, "timestamp", now=reading.now)
    return at


def _track(message: Mapping[str, Any]) -> list[Facts]:
    name = values.required(message.get("event"), "event")
    return facts_of(name, _object(message, "properties"))


def _seen(kind: str) -> Callable[[Mapping[str, Any]], list[Facts]]:
    """A page or screen was looked at."""

    def facts(message: Mapping[str, Any]) -> list[Facts]:
        known = {name: said for name in ("name", "category") if (said := values.text(message.get(name), name))}
        properties = values.tree(_object(message, "properties") | known, "properties")
        return [{"type": kind, "properties": properties or None}]

    return facts


FACTS: dict[str, Callable[[Mapping[str, Any]], list[Facts]]] = {
    "track": _track,
    "page": _seen("page"),
    "screen": _seen("screen"),
}


def _with_session(facts: tuple[Facts, ...], context: Mapping[str, Any]) -> tuple[Facts, ...]:
    session = values.identifier(context.get("sessionId"), "sessionId")
    return tuple({**fact, "session_id": fact.get("session_id") or session} for fact in facts) if session else facts


def _push(context: Mapping[str, Any]) -> Push | None:
    device = context.get("device")
    token = values.text(device.get("token"), "token") if isinstance(device, dict) else None
    return Push(token) if token else None


def _object(message: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = message.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Refused(name, "not an object")
    return found


def _made_up_id(message: Mapping[str, Any]) -> str:
    """Give a message without an id one: its content's digest if that holds a time, so that a retry is known again."""
    if message.get("timestamp"):
        return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()
    return str(uuid4())
