"""Orders and customers from files of the shop, without a database."""

# ruff: noqa: S608 - columns are quoted, the reader is ours

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from retention_site.lib.sql_quoting import quoted_name
from retention_site.lib.table_file import FileError, TableFile, asked, opened

from .order_facts import OrderEvent, OrderFacts, orders

NEEDED = ("type", "at", "order_id")
TAKEN = (
    *NEEDED,
    "customer_id",
    "item_id",
    "quantity",
    "price",
    "discount",
    "currency",
)


class OrderBook:
    """Whose order is whose, out of a file of events."""

    def __init__(self, found: Iterable[OrderFacts], customers: frozenset[str]) -> None:
        self.customers = customers
        self._by_customer: dict[str, list[OrderFacts]] = defaultdict(list)
        self._owners: dict[str, str] = {}
        for order in found:
            self._by_customer[order.customer].append(order)
            self._owners[order.id.lower()] = order.customer

    def knows(self, customer: str) -> bool:
        return customer in self.customers or customer in self._by_customer

    def of(self, customer: str) -> list[OrderFacts]:
        return self._by_customer.get(customer, [])

    def is_others(self, order: str, customer: str) -> bool:
        return self._owners.get(order.lower(), customer) != customer


def read(events: Path | None, customers: Path | None) -> tuple[OrderBook, int]:
    """Read both files; return the orders and how many rows could not be read. Raise
    FileError.
    """
    known: frozenset[str] = frozenset()
    if customers:
        with opened(customers) as table:
            known = frozenset(_text(row[0]) for row in _rows(table, ("customer_id",)))
    if events is None:
        return OrderBook([], known), 0
    with opened(events) as table:
        missing = [name for name in NEEDED if name not in table.columns]
        if missing:
            raise FileError(f"{events} has no column {', '.join(missing)}.")
        rows = _rows(table, TAKEN)
    found = [_event(row) for row in rows if row[2]]
    told = [one for one in found if one is not None]
    return OrderBook(orders(told), known), len(found) - len(told)


def _rows(table: TableFile, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    if names[0] not in table.columns:
        raise FileError(f"{table.path} has no column {names[0]}.")
    columns = [
        quoted_name(name) if name in table.columns else f"NULL AS {quoted_name(name)}"
        for name in names
    ]
    return asked(
        table.connection,
        f"SELECT {', '.join(columns)} FROM {table.reader}",
        table.path,
    )


def _event(row: tuple[Any, ...]) -> OrderEvent | None:
    kind, at, order, customer, item, quantity, price, discount, currency = row
    moment = _moment(at)
    if not kind or moment is None:
        return None
    return OrderEvent(
        _text(kind),
        moment,
        _text(customer),
        _text(order),
        _text(item),
        _number(quantity),
        _number(price),
        _number(discount),
        _text(currency),
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    with suppress(ValueError):
        read_at = datetime.fromisoformat(_text(value))
        return read_at if read_at.tzinfo else read_at.replace(tzinfo=UTC)
    return None


def _number(value: Any) -> Decimal | None:
    with suppress(InvalidOperation):
        number = Decimal(_text(value))
        return number if number.is_finite() else None
    return None
