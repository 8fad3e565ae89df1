"""What a payload would become, and what is wrong with it field by field; nothing is
stored. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from profiles.intake import catalogue, payloads
from profiles.intake.attribute_names import OTHER, Reading
from profiles.intake.commerce import LINE
from profiles.intake.payloads import CleanMessage
from profiles.intake.quarantine.nested_fields import at, changed, names_of, places_of
from profiles.intake.sources.contract import Headers, Payload, Shop, Source
from profiles.intake.values import Refused

MOST_ERRORS = 20
Lines = list[tuple[str, Any]]


@dataclass(frozen=True)
class Thing:
    """One thing that a payload becomes: an event, what is stated of a customer, a
    consent, an item.
    """

    kind: str
    who: str = ""
    when: Any = None
    lines: Lines = field(default_factory=list)


@dataclass(frozen=True)
class Preview:
    """What a payload becomes; ``errors`` are column and reason, each thing that would
    be put aside.
    """

    things: list[Thing] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    ignored: str = ""

    @property
    def events(self) -> list[Thing]:
        return [
            thing
            for thing in self.things
            if thing.kind not in ("customer", "item", "consent")
        ]


def preview(
    kind: Source, payload: Payload, headers: Headers, shop: Shop, reading: Reading
) -> Preview:
    """Read a payload as its source would, and go on past every bad value."""
    try:
        meant = kind.meaning(payload, headers, shop)
    except Refused as refused:
        return Preview(errors=[(refused.column, refused.reason)])
    things: list[Thing] = []
    errors: list[tuple[str, str]] = []
    for message in meant.messages:
        said, wrong = _read(message, reading)
        errors += wrong
        things += _things(said) if said else []
    things += [
        Thing(str(one["kind"]), str(one["customer_id"] or one["email"]))
        for one in meant.asked
    ]
    for item in meant.items:
        clean, wrong = _item(item)
        errors += wrong
        things += [clean] if clean else []
    return Preview(things, errors, meant.ignored)


def errors_of(found: Preview, name: str) -> list[str]:
    """Return what is wrong with one field of a mapping."""
    names = names_of(name)
    return [
        reason for column, reason in found.errors if column.rsplit(".", 1)[-1] in names
    ]


def _read(
    message: Any, reading: Reading
) -> tuple[CleanMessage | None, list[tuple[str, str]]]:
    """Read a message without what is wrong in it; say all of that."""
    errors: list[tuple[str, str]] = []
    while len(errors) < MOST_ERRORS:
        try:
            return payloads.read(message, reading), errors
        except Refused as refused:
            errors.append((refused.column, refused.reason))
            less = _without(message, refused.column)
            if less == message:  # it lacks something: nothing can be taken away
                return None, errors
            message = less
    return None, errors


def _item(item: Mapping[str, Any]) -> tuple[Thing | None, list[tuple[str, str]]]:
    errors: list[tuple[str, str]] = []
    while len(errors) < MOST_ERRORS:
        try:
            external_id, facts = catalogue.cleaned(item)
        except Refused as refused:
            errors.append((refused.column, refused.reason))
            if item.get(refused.column) is None:
                return None, errors
            item = {
                name: value for name, value in item.items() if name != refused.column
            }
        else:
            attributes = facts.pop("attributes", {})
            return (
                Thing("item", external_id, None, [*facts.items(), *attributes.items()]),
                errors,
            )
    return None, errors


def _without(message: Any, column: str) -> Any:
    there = [
        place for place in places_of(message, column) if at(message, place) is not None
    ]
    return changed(message, dict.fromkeys(there))


def _things(said: CleanMessage) -> list[Thing]:
    who = said.ids.user or said.ids.email or said.ids.phone or said.ids.anonymous or ""
    things = [
        Thing(fact["type"], who, said.at, _fact_lines(fact)) for fact in said.facts
    ]
    things += _order_things(said, who)
    stated = [
        (name.removeprefix(OTHER), value)
        for name, value in said.attributes.items()
        if value is not None
    ]
    if stated or not said.facts:
        things.append(Thing("customer", who, said.at, stated))
    for one in said.consents:
        lines = [
            (name, value)
            for name in ("channel", "status", "topic", "wording")
            if (value := getattr(one, name))
        ]
        things.append(Thing("consent", who, one.at, lines))
    return things


def _order_things(said: CleanMessage, who: str) -> list[Thing]:
    """What came back of an order, and its end: written when compared with what is
    stored.
    """
    if said.order is None:
        return []
    back = [
        Thing(
            "return",
            who,
            refund.at,
            [
                ("item_id", line.item_id),
                ("quantity", line.quantity),
                ("price", line.price),
            ],
        )
        for refund in said.order.refunds
        for line in refund.lines
    ]
    back += [
        Thing(
            "return",
            who,
            refund.at,
            [("amount", refund.amount)] if refund.amount is not None else [],
        )
        for refund in said.order.refunds
        if not refund.lines
    ]
    state = said.order.state
    return (
        [*back, Thing(str(state), who, said.order.ended_at, [])]
        if state and state.is_end
        else back
    )


def _fact_lines(fact: Mapping[str, Any]) -> Lines:
    known = [
        (name, value)
        for name, value in fact.items()
        if name not in ("type", "properties", LINE) and value is not None
    ]
    return [*known, *(fact.get("properties") or {}).items()]
