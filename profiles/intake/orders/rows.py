"""An order's row and its ledger, one as the other: numbers and times are text in JSON."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from profiles.intake.orders.ledger import LEAST, REFUND, SALE, Entry, Ledger
from profiles.intake.orders.statement import Edit, OrderLine, Refund, State
from profiles.models import Order

Status = Order.Status


def read(order: Order) -> Ledger:
    """Return the ledger that a row holds."""
    return Ledger(
        lines={key: _line(key, said) for key, said in order.lines.items()},
        refunds={id_: _refund(id_, said) for id_, said in order.refunds.items()},
        edits={id_: _edit(id_, said) for id_, said in order.edits.items()},
        entries=[_entry(*said) for said in order.ledger],
        is_paid=order.is_paid,
        state=State(order.told_state),
        placed_at=order.placed_at,
        told_at=order.told_at,
        rank=order.told_rank,
        ended_at=order.ended_at,
    )


def write(order: Order, ledger: Ledger) -> None:
    """Put a ledger into its row; saving it is the caller's."""
    order.lines = {key: _told_line(line) for key, line in ledger.lines.items()}
    order.refunds = {id_: _told_refund(one) for id_, one in ledger.refunds.items()}
    order.edits = {id_: _told_edit(one) for id_, one in ledger.edits.items()}
    order.ledger = [
        [one.line, one.why, one.item_id, str(one.quantity), _text(one.price)]
        for one in ledger.entries
    ]
    order.is_paid, order.told_state = ledger.is_paid, ledger.state.value
    order.placed_at, order.ended_at = ledger.placed_at, ledger.ended_at
    order.told_at, order.told_rank = ledger.told_at, ledger.rank
    order.status = status_of(ledger)


def status_of(ledger: Ledger) -> str:
    """Return how far an order has come: what was told of it, and what came back."""
    if ledger.ended_at is not None or not ledger.is_paid:
        return Status(ledger.state.value)
    if not any(one.why.startswith(REFUND) for one in ledger.entries):
        return Status(ledger.state.value)
    sold = [one.line for one in ledger.entries if one.why == SALE]
    has_goods = any(ledger.left(line) > 0 for line in sold)
    is_empty = ledger.money_left < LEAST and (
        not has_goods or any(one.money > 0 for one in ledger.entries)
    )
    return Status.REFUNDED if is_empty else Status.PART_REFUNDED


def _line(key: str, said: Mapping[str, Any]) -> OrderLine:
    return OrderLine(
        key, said["item_id"], Decimal(said["quantity"]), _number(said["price"])
    )


def _told_line(line: OrderLine) -> dict[str, Any]:
    return {
        "item_id": line.item_id,
        "quantity": str(line.quantity),
        "price": _text(line.price),
    }


def _refund(id_: str, said: Mapping[str, Any]) -> Refund:
    lines = tuple(_line(one["key"], one) for one in said["lines"])
    at = datetime.fromisoformat(said["at"])
    return Refund(id_, at, lines, _number(said["amount"]), said["is_whole"])


def _told_refund(refund: Refund) -> dict[str, Any]:
    return {
        "at": refund.at.isoformat(),
        "lines": [{"key": line.key, **_told_line(line)} for line in refund.lines],
        "amount": _text(refund.amount),
        "is_whole": refund.is_whole,
    }


def _edit(id_: str, said: Mapping[str, Any]) -> Edit:
    changes = {key: Decimal(change) for key, change in said["changes"].items()}
    return Edit(id_, datetime.fromisoformat(said["at"]), changes)


def _told_edit(edit: Edit) -> dict[str, Any]:
    return {
        "at": edit.at.isoformat(),
        "changes": {key: str(change) for key, change in edit.changes.items()},
    }


def _entry(
    line: str, why: str, item_id: str | None, quantity: str, price: str | None
) -> Entry:
    return Entry(line, why, item_id, Decimal(quantity), _number(price))


def _number(said: str | None) -> Decimal | None:
    return None if said is None else Decimal(said)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
