"""The customer's orders: what was ordered, what came back, what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from profiles.models import Customer, Event, Item, Order
from retention_site.lib.admin.panels import Panel
from retention_site.lib.admin.words import count, money
from retention_site.lib.clock import now

READ = 600  # facts of orders, the newest
SHOWN = 10  # orders
Status = Order.Status


@dataclass
class OrderItem:
    """One item of an order; without an item it is money alone."""

    title: str
    ordered: Decimal = Decimal(0)
    back: Decimal = Decimal(0)
    money: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        return self.ordered - self.back


@dataclass
class Life:
    """One order and what has become of it."""

    source: str
    order_id: str
    at: datetime
    currency: str
    status: str = ""
    paid: Decimal = Decimal(0)
    back: Decimal = Decimal(0)
    lines: dict[str, OrderItem] = field(default_factory=dict)

    def add(self, event: Event, title: str) -> None:
        line = self.lines.setdefault(event.item_id or "", OrderItem(title))
        quantity = event.quantity or Decimal(1)
        amount = quantity * (event.price or Decimal(0))
        self.at = min(self.at, event.at)
        line.money += amount
        if event.type == "return":
            self.back -= amount
            line.back += abs(quantity) if event.item_id else 0
        else:
            self.paid += amount
            line.ordered += quantity if event.item_id else 0

    @property
    def state(self) -> str:
        """What was told of it; of an order that came by file, what its facts say."""
        if self.status:
            return self.status
        if not self.back:
            return Status.PAID
        return Status.PART_REFUNDED if self.paid > self.back else Status.REFUNDED

    @property
    def words(self) -> str:
        return str(Status(self.state).label)

    @property
    def sums(self) -> dict[str, str]:
        sums = {"paid": self.paid, "back": self.back, "left": self.paid - self.back}
        return {name: money(amount, self.currency) for name, amount in sums.items()}

    @property
    def shown_lines(self) -> list[tuple[str, str, str, str, str]]:
        return [
            (
                one.title,
                count(one.ordered),
                count(one.back) if one.back else "",
                count(one.left),
                money(one.money, self.currency),
            )
            for one in self.lines.values()
        ]


def panel(customer: Customer) -> Panel | None:
    """Show the newest orders; a customer without any has no such card."""
    found = lives(customer)
    return (
        Panel("admin/panels/customer/orders.html", facts={"orders": found})
        if found
        else None
    )


def lives(customer: Customer) -> list[Life]:
    """Return a person's newest orders, whoever of those joined to it they came from."""
    family = customer.own_rows
    told = list(
        Order.objects.filter(customer__in=family).order_by("-changed_at")[:SHOWN]
    )
    facts = Event.objects.filter(
        customer__in=family, type__in=("purchase", "return"), at__lte=now()
    )
    facts = facts.exclude(order_id=None).order_by("-at", "-id")
    orders: dict[tuple[str, str], Life] = {}
    events = list(facts[:READ])
    titles = _titles(events)
    for event in reversed(events):
        key = (event.source, str(event.order_id))
        life = orders.setdefault(key, Life(*key, event.at, event.currency or ""))
        life.add(event, titles.get(event.item_id or "", event.item_id or ""))
    for order in told:
        key = (order.source, order.order_id)
        if key not in orders:
            orders[key] = Life(
                *key, order.placed_at or order.changed_at, order.currency
            )
        orders[key].status = order.status
    return sorted(orders.values(), key=lambda one: one.at, reverse=True)[:SHOWN]


def _titles(events: Iterable[Event]) -> dict[str, str]:
    ids = {event.item_id for event in events if event.item_id}
    named = Item.objects.filter(external_id__in=ids).exclude(title="")
    return dict(named.values_list("external_id", "title"))
