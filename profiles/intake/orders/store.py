"""Take statements about orders in: each compared with what is stored, under a lock, and
only the difference written.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from profiles.intake.events import EventIn
from profiles.intake.orders import rows
from profiles.intake.orders.ledger import REFUND, SALE, Entry, Ledger
from profiles.intake.orders.statement import OrderLine, State, Statement
from profiles.models import Order

MAKE = """
    INSERT INTO profiles_order (source, order_id) SELECT %s, said FROM unnest(%s::text[]) AS said
    ON CONFLICT (source, order_id) DO NOTHING RETURNING order_id
"""
# Lines that a file or an earlier version stored without a ledger: found by their
# customer.
STORED = """
    SELECT event.order_id, event.type, event.item_id, event.quantity, event.price
    FROM unnest(%s::bigint[], %s::text[]) AS asked (customer, order_id)
    JOIN profiles_event event ON event.customer_id = asked.customer AND event.order_id = asked.order_id
    WHERE event.source = %s AND event.type IN ('purchase', 'return') ORDER BY event.id
"""
FILED = "SELECT EXISTS (SELECT FROM profiles_orderfile WHERE source = %s)"
# There is no index on the order of an event: only a source that brings files too is
# looked through.
WHOSE = """
    SELECT DISTINCT ON (order_id) order_id, customer_id FROM profiles_event
    WHERE order_id = ANY(%s) AND source = %s AND type IN ('purchase', 'return')
"""
COLUMNS = {
    "id": "bigint",
    "customer_id": "bigint",
    "status": "text",
    "is_paid": "boolean",
    "told_state": "text",
    "currency": "text",
    "cart_id": "text",
    "placed_at": "timestamptz",
    "told_at": "timestamptz",
    "told_rank": "smallint",
    "ended_at": "timestamptz",
    "lines": "jsonb",
    "refunds": "jsonb",
    "edits": "jsonb",
    "ledger": "jsonb",
}
KEEP = f"""
    UPDATE profiles_order one
    SET {", ".join(f"{name} = said.{name}" for name in COLUMNS if name != "id")}, changed_at = now()
    FROM unnest({", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())}) AS said ({", ".join(COLUMNS)})
    WHERE one.id = said.id
"""  # noqa: S608  column names of our own


@dataclass(frozen=True, slots=True)
class Telling:
    """One statement, whose it is (None where it names nobody), and its place in the
    call.
    """

    customer: int | None
    statement: Statement
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """The facts to be stored, and how many of the lines that were told are stored
    already.
    """

    events: list[EventIn]
    n_again: int


def tell(tellings: Sequence[Telling], *, source: str) -> Told:
    """Hear statements; return the facts that they add. Runs in the caller's transaction
    and locks the orders.
    """
    by_order: dict[str, list[Telling]] = defaultdict(list)
    for one in tellings:
        by_order[one.statement.order_id].append(one)
    if not by_order:
        return Told([], 0)
    # sorted: two callers with some orders in common lock them in one order and never
    # each other out
    orders, made = _locked(sorted(by_order), source)
    known = _stored(made, by_order, source)
    events: list[EventIn] = []
    n_again = 0
    for order in orders:
        tellings = by_order[order.order_id]
        ledger = _opened(order, known.get(order.order_id, ()), tellings)
        new = _heard(order, ledger, tellings)
        events += new
        n_again += max(sum(_size(one.statement) for one in tellings) - len(new), 0)
    _keep(orders)
    return Told(events, n_again)


def _locked(order_ids: list[str], source: str) -> tuple[list[Order], set[str]]:
    """Return the orders, locked in one order for every writer, and which of them are
    new.
    """
    with connection.cursor() as cursor:
        cursor.execute(MAKE, [source, order_ids])
        made = {order_id for (order_id,) in cursor.fetchall()}
    found = Order.objects.filter(source=source, order_id__in=order_ids)
    return list(found.select_for_update().order_by("order_id")), made


def _stored(
    made: set[str], by_order: dict[str, list[Telling]], source: str
) -> dict[str, list[tuple[Any, ...]]]:
    """Return the lines of orders that are told for the first time and were stored some
    other way.
    """
    owners = {
        order_id: next(
            (one.customer for one in by_order[order_id] if one.customer), None
        )
        for order_id in made
    }
    nobody = [order_id for order_id, customer in owners.items() if customer is None]
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    with connection.cursor() as cursor:
        if nobody:
            owners |= _owners(cursor, nobody, source)
        asked = [
            (customer, order_id) for order_id, customer in owners.items() if customer
        ]
        if not asked:
            return found
        customers, order_ids = zip(*asked, strict=True)
        cursor.execute(STORED, [list(customers), list(order_ids), source])
        for order_id, *facts in cursor.fetchall():
            found[order_id].append((owners[order_id], *facts))
    return found


def _owners(cursor: Any, order_ids: list[str], source: str) -> dict[str, int]:
    cursor.execute(FILED, [source])
    if not cursor.fetchone()[0]:
        return {}
    cursor.execute(WHOSE, [order_ids, source])
    return dict(cursor.fetchall())


def _opened(
    order: Order, stored: Iterable[tuple[Any, ...]], tellings: Sequence[Telling]
) -> Ledger:
    ledger = rows.read(order)
    said = [line for one in tellings for line in one.statement.lines]
    for customer, kind, item_id, quantity, price in stored:
        order.customer_id = order.customer_id or customer
        ledger.is_paid = True
        # a line of before has no key of its own: without one it would be sold a second
        # time
        key = _key_of(item_id, ledger, said)
        why = SALE if kind == "purchase" else REFUND
        ledger.add(Entry(key, why, item_id, quantity or Decimal(1), price))
    return ledger


def _key_of(item_id: str | None, ledger: Ledger, said: Sequence[OrderLine]) -> str:
    """Name a stored line as the statement does: the next of its lines with this item,
    else the item itself.
    """
    of_item = [line for line in said if line.item_id == item_id]
    short = [line.key for line in of_item if ledger.left(line.key) < line.quantity]
    return (short or [line.key for line in of_item] or [f"item {item_id or ''} 1"])[0]


def _heard(order: Order, ledger: Ledger, tellings: Sequence[Telling]) -> list[EventIn]:
    for one in tellings:
        ledger.hear(one.statement)
        order.customer_id = order.customer_id or one.customer
        order.currency = order.currency or one.statement.currency or ""
        order.cart_id = order.cart_id or one.statement.cart_id or ""
    first = len(ledger.entries)
    new = ledger.due() if order.customer_id else []
    rows.write(order, ledger)
    facts = {line.key: line.facts for one in tellings for line in one.statement.lines}
    return [
        _event(order, n, entry, facts, tellings[-1].line)
        for n, entry in enumerate(new, first)
    ]


def _event(
    order: Order, n: int, entry: Entry, facts: dict[str, Any], line: int | None
) -> EventIn:
    named = dict(facts.get(entry.line, {})) if entry.why == SALE else {}
    back = entry.quantity < 0
    reason = {"reason": entry.why.split(":")[0]} if entry.why != SALE else {}
    said = {"order_id": order.order_id, "currency": order.currency or None, **named}
    return EventIn(
        customer=order.customer_id or 0,
        type="return" if back else "purchase",
        at=entry.at or order.placed_at or order.told_at,  # type: ignore[arg-type]
        event_id=f"order:{order.source}:{order.order_id}",
        place=n,
        item_id=entry.item_id,
        quantity=entry.quantity,
        price=entry.price,
        line=line,
        **{**said, "properties": {**(named.get("properties") or {}), **reason} or None},
    )


def _size(said: Statement) -> int:
    """Return how many facts a statement tells, were it the first."""
    ends = said.state is not None and said.state.is_end
    lines = 0 if ends or said.state is State.PENDING else len(said.lines)
    changes = sum(len(one.changes) for one in said.edits)
    return lines + changes + sum(len(one.lines) or 1 for one in said.refunds)


def _keep(orders: Sequence[Order]) -> None:
    columns = [
        [
            json.dumps(getattr(one, name)) if kind == "jsonb" else getattr(one, name)
            for one in orders
        ]
        for name, kind in COLUMNS.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, columns)
