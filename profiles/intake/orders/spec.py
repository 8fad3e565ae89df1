"""The order events of the Segment spec, read as statements about an order. Pure.

Spec: Segment, "Spec: V2 Ecommerce Events". A message of a shop system may carry what
the spec has no word for in ``order``: state, told_at, ended_at, cart_id, and refunds
and edits with their own ids.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from profiles.intake import values
from profiles.intake.cleaners import UNKNOWN_WORD
from profiles.intake.commerce import (
    LINE,
    Facts,
    is_order,
    kind_of_name,
    money,
    order_lines,
)
from profiles.intake.orders.statement import (
    Edit,
    OrderLine,
    Refund,
    State,
    Statement,
    distinct,
    keyed,
)
from profiles.intake.values import Refused

UPDATED, REFUNDED = "order updated", "order refunded"
CANCELLED = ("order cancelled", "order canceled")
# they are kept as events too: a campaign may wait for one
WORDS = (UPDATED, *CANCELLED)
# of a refund that names no products
AMOUNTS = ("amount", "subtotal", "revenue", "total", "value")
OF_LINE = ("type", "item_id", "quantity", "price", "order_id", LINE)
Moment = Callable[[Any], datetime | None]


def statement_of(
    name: str,
    properties: Mapping[str, Any],
    *,
    order: Mapping[str, Any],
    message_id: str,
    at: datetime,
    moment: Moment,
) -> Statement | None:
    """Return what an event says of an order; None for an event of another kind, or
    without an order id.
    """
    said = name.strip().lower()
    order_id = values.identifier(properties.get("order_id"), "order_id")
    if order_id is None or not is_statement(said, properties):
        return None
    told_at = moment(order.get("told_at")) or at
    known = Statement(
        order_id=order_id,
        at=at,
        told_at=told_at,
        currency=values.currency(properties.get("currency")),
        cart_id=cart_of(order) or cart_of(properties),
    )
    refunds = _told_refunds(order, properties, moment, told_at)
    if order.get("edits"):
        return replace(known, edits=_edits(order["edits"], moment, told_at))
    if said in CANCELLED:
        return replace(known, state=State.CANCELLED, ended_at=at, refunds=refunds)
    if kind_of_name(said) == "return":
        own = () if order else (_refund(properties, message_id, at),)
        return replace(known, refunds=(*own, *refunds))
    lines, back = _lines(order_lines("purchase", properties), at)
    return replace(
        known,
        state=_state(order),
        ended_at=moment(order.get("ended_at")),
        lines=lines,
        refunds=(*back, *refunds),
        rank=1 if order or said == UPDATED else 0,
        has_total_only=not properties.get("products"),
        says_whether_ended="state" in order,
    )


def is_statement(name: str, properties: Mapping[str, Any]) -> bool:
    """Say whether an event of this name speaks of a whole order."""
    return name.strip().lower() in WORDS or is_order(name, properties)


def cart_of(said: Mapping[str, Any]) -> str | None:
    """Return the cart that something speaks of."""
    found = said.get("cart_id") or said.get("checkout_id")
    return values.identifier(found, "cart_id") if isinstance(found, str | int) else None


def _state(order: Mapping[str, Any]) -> State:
    try:
        return State(str(order.get("state") or State.PAID).lower())
    except ValueError:
        raise Refused("state", UNKNOWN_WORD) from None


def _lines(
    facts: list[Facts], at: datetime
) -> tuple[tuple[OrderLine, ...], tuple[Refund, ...]]:
    """Return the lines of an order, and as refunds those that came back at its till."""
    lines = distinct(keyed(_line(fact) for fact in facts))
    back = [
        Refund(f"at the till {one.key}", at, (_turned(one),))
        for one in lines
        if one.quantity < 0
    ]
    return tuple(one for one in lines if one.quantity >= 0), tuple(back)


def _line(fact: Facts) -> OrderLine:
    quantity = Decimal(1) if fact["quantity"] is None else fact["quantity"]
    rest = {name: value for name, value in fact.items() if name not in OF_LINE}
    return OrderLine(
        fact.get(LINE) or "", fact["item_id"], quantity, fact["price"], rest
    )


def _turned(line: OrderLine) -> OrderLine:
    return OrderLine(line.key, line.item_id, abs(line.quantity), line.price)


def _edits(said: Any, moment: Moment, told_at: datetime) -> tuple[Edit, ...]:
    """Return what was added to lines and taken off them, each time by its own id."""
    return tuple(
        Edit(
            id=values.required(one.get("id"), "edit_id"),
            at=moment(one.get("at")) or told_at,
            changes={
                key: change
                for line in one["lines"]
                if (key := values.identifier(line.get("line_id"), "line_id"))
                and (change := values.number(line.get("change"), "change", places=8))
            },
        )
        for one in said
    )


def _refund(properties: Mapping[str, Any], message_id: str, at: datetime) -> Refund:
    """A refund by lines, by amount, or of all where it names neither."""
    id_ = values.identifier(properties.get("refund_id"), "refund_id") or message_id
    if properties.get("products"):
        return Refund(id_, at, _back(properties))
    amount = money(properties, *AMOUNTS)
    return Refund(
        id_, at, amount=None if amount is None else abs(amount), is_whole=amount is None
    )


def _back(properties: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    return keyed(_turned(_line(fact)) for fact in order_lines("return", properties))


def _told_refunds(
    order: Mapping[str, Any],
    properties: Mapping[str, Any],
    moment: Moment,
    told_at: datetime,
) -> tuple[Refund, ...]:
    said = order.get("refunds") or []
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise Refused("refunds", "not a list of refunds")
    return tuple(_told_refund(one, properties, moment, told_at) for one in said)


def _told_refund(
    said: Mapping[str, Any],
    properties: Mapping[str, Any],
    moment: Moment,
    told_at: datetime,
) -> Refund:
    shared = {
        "currency": properties.get("currency"),
        "order_id": properties.get("order_id"),
    }
    lines = (
        _back(shared | {"products": said["products"]}) if said.get("products") else ()
    )
    amount = values.number(said.get("amount"), "amount", places=8)
    return Refund(
        id=values.required(said.get("id"), "refund_id"),
        at=moment(said.get("at")) or told_at,
        lines=lines,
        amount=amount,
        is_whole=bool(said.get("whole")),
    )
