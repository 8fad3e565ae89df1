"""One message of the Segment HTTP tracking API, turned into our words. Pure; provider
words end here.

Spec: Segment, "HTTP Tracking API" and "Spec: Common Fields". What it says is who
(`Ids`), what holds of them (attributes) and what happened (facts).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from profiles.intake import values
from profiles.intake.attribute_names import Reading, attributes_of
from profiles.intake.cleaners import MISSING, UNKNOWN_WORD
from profiles.intake.commerce import BY_PRODUCT, LINE, Facts, facts_of, is_order
from profiles.intake.kinds.consents import SPELLINGS
from profiles.intake.normalisation.ids import is_no_device, is_nobody
from profiles.intake.orders.spec import is_statement, statement_of
from profiles.intake.orders.statement import Statement
from profiles.intake.values import Refused

# less than this between the sender's clock and ours is travel, not a wrong clock
TRAVEL = timedelta(minutes=1)
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

    @property
    def is_nobody(self) -> bool:
        """Whether nobody is named: a device alone is no person."""
        return (self.user or self.anonymous or self.email or self.phone) is None


@dataclass(frozen=True, slots=True)
class Push:
    """A device that takes push messages."""

    token: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the customer said about hearing from us on one channel."""

    channel: str
    status: str
    at: datetime
    topic: str = ""
    source: str = ""
    wording: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True)
class CleanMessage:
    """What one message says, cleaned."""

    message_id: str
    at: datetime
    ids: Ids
    attributes: Mapping[str, Any] = field(default_factory=dict)
    facts: tuple[Facts, ...] = ()
    is_order: bool = False
    order: Statement | None = None
    push: Push | None = None
    consents: tuple[Agreed, ...] = ()
    lost: tuple[Refused, ...] = ()  # fields that were left out, and why
    message: Any = None  # as it came, where something of it was left out

    def events(self) -> Iterator[tuple[str, Facts]]:
        """Yield each fact with its id; the lines of an order are named, else numbered.

        The lines of an order that has an id come of comparing it with what is stored:
        not here.
        """
        for n, fact in enumerate(self.facts):
            if self.order is not None and fact["type"] in BY_PRODUCT:
                continue
            named = {name: value for name, value in fact.items() if name != LINE}
            yield (
                (
                    f"{self.message_id}:{fact.get(LINE) or n}"
                    if self.is_order
                    else self.message_id
                ),
                named,
            )


@dataclass(frozen=True, slots=True)
class Clocks:
    """How far the sender's clock is behind the real time, and the shop's clock too;
    zero where nobody knows.
    """

    sender_behind: timedelta = timedelta(0)
    shop_behind: timedelta = timedelta(0)
    sent_at: datetime | None = None  # by the sender's clock


def read(message: Any, reading: Reading, clocks: Clocks = Clocks()) -> CleanMessage:
    """Return what a message says; raise `Refused` with the field and reason."""
    if not isinstance(message, dict):
        raise Refused("message", "not an object")
    call = message.get("type")
    if call not in CALLS:
        raise Refused("type", MISSING if call is None else UNKNOWN_WORD)
    context = _object(message, "context")
    traits = _stated_traits(message, call, context)
    lost: list[Refused] = []
    attributes = attributes_of(traits, reading, lost) if traits else {}
    facts = tuple(FACTS[call](message)) if call in FACTS else ()
    message_id = values.identifier(
        message.get("messageId"), "messageId"
    ) or _made_up_id(message)
    at = _at(message, reading, clocks)
    order = _order(message, message_id, at, reading) if call == "track" else None
    return CleanMessage(
        message_id=message_id,
        at=at,
        ids=_ids(
            message,
            call,
            context,
            attributes,
            needs_nobody=order is not None and order.is_about_known,
        ),
        attributes=attributes,
        facts=_with_session(facts, context),
        is_order=call == "track"
        and is_order(message["event"], _object(message, "properties")),
        order=order,
        push=_push(context),
        consents=tuple(_consents(message, context, reading)),
        lost=tuple(lost),
        message=message if lost else None,
    )


def _stated_traits(
    message: Mapping[str, Any], call: str, context: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return what the message states about its customer: its traits, or those that its
    context repeats.
    """
    if call == "identify":
        told = {
            name: context[name]
            for name in ("timezone", "locale")
            if isinstance(context.get(name), str)
        }
        return told | _object(message, "traits")
    if call == "group":
        group = values.required(message.get("groupId"), "groupId")
        return {"group_id": group} | {
            f"group_{name}": value for name, value in _object(message, "traits").items()
        }
    return _object(context, "traits")


def _order(
    message: Mapping[str, Any], message_id: str, at: datetime, reading: Reading
) -> Statement | None:
    name, properties = str(message["event"]), _object(message, "properties")
    if not is_statement(name, properties):
        return None

    def moment(said: Any) -> datetime | None:
        """Read a time of the sender's; what lies ahead of our clock is now."""
        return (
            None
            if said in (None, "")
            else min(values.parsed_moment(said, "at", reading.zone), reading.now)
        )

    order = _object(message, "order")
    return statement_of(
        name, properties, order=order, message_id=message_id, at=at, moment=moment
    )


def _ids(
    message: Mapping[str, Any],
    call: str,
    context: Mapping[str, Any],
    attributes: Mapping[str, Any],
    *,
    needs_nobody: bool,
) -> Ids:
    device = context.get("device")
    ids = Ids(
        user=_id(message, "userId"),
        anonymous=_id(message, "anonymousId"),
        previous=_id(message, "previousId") if call == "alias" else None,
        email=attributes.get("email"),
        phone=attributes.get("phone"),
        device=_id(device, "id", is_no_device) if isinstance(device, dict) else None,
    )
    if ids.is_nobody and not needs_nobody:
        raise Refused("userId", MISSING)
    if call == "alias" and ids.previous is None:
        raise Refused("previousId", MISSING)
    return ids


def _id(
    message: Mapping[str, Any], name: str, is_nothing: Callable[[str], bool] = is_nobody
) -> str | None:
    """Return an id, None for what programs write when they have none: it would join
    strangers.
    """
    said = values.identifier(message.get(name), name)
    return None if said is None or is_nothing(said) else said


def _at(message: Mapping[str, Any], reading: Reading, clocks: Clocks) -> datetime:
    """When it happened, a wrong clock put right; on a shop clock set back, what happens
    today happens now.
    """
    said = message.get("timestamp") or message.get("originalTimestamp")
    if said is None:
        return reading.now
    at = values.parsed_moment(said, "timestamp", reading.zone)
    if abs(clocks.sender_behind) > TRAVEL and _is_of_one_clock(at, clocks):
        at += clocks.sender_behind
    if clocks.shop_behind > TRAVEL and at > reading.now + values.AHEAD:
        at -= clocks.shop_behind
    values.check_moment(at, "timestamp", now=reading.now)
    return at


def _is_of_one_clock(at: datetime, clocks: Clocks) -> bool:
    """Whether a time can be by the clock that said when it was sent: nothing is sent
    before it happened.

    A library that retries sends its old ``sentAt`` again, beside times of today: those
    need no putting right.
    """
    return clocks.sent_at is None or at <= clocks.sent_at + values.AHEAD


def _track(message: Mapping[str, Any]) -> list[Facts]:
    name = values.required(message.get("event"), "event")
    return facts_of(name, _object(message, "properties"))


def _seen(kind: str) -> Callable[[Mapping[str, Any]], list[Facts]]:
    """A page or screen was looked at."""

    def facts(message: Mapping[str, Any]) -> list[Facts]:
        known = {
            name: said
            for name in ("name", "category")
            if (said := values.text(message.get(name), name))
        }
        properties = values.tree(_object(message, "properties") | known, "properties")
        return [{"type": kind, "properties": properties or None}]

    return facts


FACTS: dict[str, Callable[[Mapping[str, Any]], list[Facts]]] = {
    "track": _track,
    "page": _seen("page"),
    "screen": _seen("screen"),
}


def _with_session(
    facts: tuple[Facts, ...], context: Mapping[str, Any]
) -> tuple[Facts, ...]:
    session = values.identifier(context.get("sessionId"), "sessionId")
    return (
        tuple(
            {**fact, "session_id": fact.get("session_id") or session} for fact in facts
        )
        if session
        else facts
    )


def _push(context: Mapping[str, Any]) -> Push | None:
    device = context.get("device")
    token = (
        values.text(device.get("token"), "token") if isinstance(device, dict) else None
    )
    return Push(token) if token else None


def _consents(
    message: Mapping[str, Any], context: Mapping[str, Any], reading: Reading
) -> Iterator[Agreed]:
    """Statements of consent that a message may carry, in our own words: channel,
    status, topic, at, source, wording.
    """
    said = message.get("consents") or []
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise Refused("consents", "not a list of statements")
    for one in said:
        channel, status = (
            values.channel(one.get("channel"), "channel"),
            SPELLINGS.get(str(one.get("status")).lower()),
        )
        if channel is None or status is None:
            raise Refused(
                "channel" if channel is None else "status",
                MISSING if channel is None else UNKNOWN_WORD,
            )
        yield Agreed(
            channel=channel,
            status=status,
            at=values.moment(one.get("at"), "at", now=reading.now, zone=reading.zone)
            or reading.now,
            topic=values.word(one.get("topic"), "topic") or "",
            source=values.text(one.get("source"), "source") or "",
            wording=values.text(one.get("wording"), "wording") or "",
            ip=values.network(one.get("ip") or context.get("ip")),
        )


def _object(message: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = message.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Refused(name, "not an object")
    return found


def _made_up_id(message: Mapping[str, Any]) -> str:
    """Give a message without an id one: its content's digest if that holds a time, so
    that a retry is known again.
    """
    if message.get("timestamp"):
        return hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()
    return str(uuid4())
