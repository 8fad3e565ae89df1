"""An order as a customer asks for it: when it was placed, how far it has come, what it
holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

PLACED, SHIPPED, DELIVERED = "placed", "shipped", "delivered"
RETURNED, REFUNDED, CANCELLED = "returned", "refunded", "cancelled"
PENDING = "pending"

# what shop systems call it, in one spelling
EVENT_STATES = {
    "purchase": PLACED,
    "order_completed": PLACED,
    "order_placed": PLACED,
    "shipped": SHIPPED,
    "order_shipped": SHIPPED,
    "shipment": SHIPPED,
    "dispatched": SHIPPED,
    "fulfilled": SHIPPED,
    "order_fulfilled": SHIPPED,
    "out_for_delivery": SHIPPED,
    "in_transit": SHIPPED,
    "delivered": DELIVERED,
    "order_delivered": DELIVERED,
    "delivery": DELIVERED,
    "received": DELIVERED,
    "return": RETURNED,
    "returned": RETURNED,
    "order_returned": RETURNED,
    "refund": REFUNDED,
    "refunded": REFUNDED,
    "order_refunded": REFUNDED,
    "cancelled": CANCELLED,
    "canceled": CANCELLED,
    "order_cancelled": CANCELLED,
    "order_canceled": CANCELLED,
    "voided": CANCELLED,
}


@dataclass
class OrderFacts:
    """One order of one customer."""

    id: str
    customer: str
    at: dict[str, datetime] = field(default_factory=dict)  # state → when, the latest
    items: dict[str, Decimal] = field(default_factory=dict)  # title → how many
    returned: dict[str, Decimal] = field(default_factory=dict)
    total: Decimal = Decimal(0)
    currency: str = ""

    @property
    def placed_at(self) -> datetime | None:
        """When it was placed: the first purchase, or whatever was heard first."""
        return self.at.get(PLACED) or min(self.at.values(), default=None)

    @property
    def state(self) -> str:
        """How far it has come: the end first."""
        for state in (CANCELLED, REFUNDED, RETURNED, DELIVERED, SHIPPED, PLACED):
            if state in self.at:
                return state
        return PENDING


@dataclass(frozen=True)
class OrderEvent:
    """One row of what happened to an order."""

    type: str
    at: datetime
    customer: str
    order: str
    item: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    discount: Decimal | None = None
    currency: str = ""


def state_of(event_type: str) -> str | None:
    """Return what an event's type means for its order; None where it means nothing."""
    return EVENT_STATES.get("_".join(event_type.strip().lower().split()))


def orders(
    events: Iterable[OrderEvent], titles: Mapping[str, str] | None = None
) -> list[OrderFacts]:
    """Put events together to orders, newest first."""
    found: dict[str, OrderFacts] = {}
    for event in sorted(events, key=lambda one: one.at):
        state = state_of(event.type)
        if state is None or not event.order:
            continue
        order = found.setdefault(event.order, OrderFacts(event.order, event.customer))
        if state == PLACED and (event.quantity or 1) < 0:
            state = RETURNED
        _take(order, event, state, (titles or {}).get(event.item, event.item))
    return sorted(found.values(), key=_placed, reverse=True)


def _take(order: OrderFacts, event: OrderEvent, state: str, title: str) -> None:
    if state == PLACED:
        order.at.setdefault(PLACED, event.at)
    else:
        order.at[state] = event.at
    order.customer = order.customer or event.customer
    n = Decimal(1) if event.quantity is None else abs(event.quantity)
    if state == PLACED:
        order.total += n * (event.price or 0) - (event.discount or 0)
        order.currency = order.currency or event.currency
    if title and state in (PLACED, RETURNED):
        held = order.items if state == PLACED else order.returned
        held[title] = held.get(title, Decimal(0)) + n


def _placed(order: OrderFacts) -> tuple[float, str]:
    at = order.placed_at
    return (at.timestamp() if at else 0.0, order.id)
