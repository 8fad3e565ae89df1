"""A made-up shop for rules: some hundred customers, among them those with nothing known
and nothing done.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from profiles import history, segments
from profiles.models import Consent, Customer, Event, Item, Portrait, Score
from tests.profiles.net_sales import Line, netted

T = datetime(2024, 6, 1, tzinfo=UTC)
TYPES = (
    "purchase",
    "purchase",
    "purchase",
    "purchase",
    "view",
    "cart",
    "return",
    "message_opened",
)
BRANDS = ("Miller", "Oatly", "")
TRAITS = (
    {},
    {"tier": "gold"},
    {"tier": "silver", "visits": "4"},
    {"visits": 2},
    {"visits": "many"},
)
CATEGORIES = ("Bakery>Bread", "Bakery > Cake", "Dairy>Milk", "")


@dataclass(frozen=True)
class Fact:
    """One event, as a brute-force check sees it."""

    customer: int
    type: str
    at: datetime
    order: str | None
    revenue: float
    category: str
    brand: str
    item_price: float | None
    properties: dict[str, Any] = field(default_factory=dict)
    line: Line | None = None


@dataclass(frozen=True)
class SmallHistory:
    customers: dict[int, Customer]
    facts: list[Fact]

    def sales(self, until: datetime = T) -> list[Line]:
        """What is left of purchases, as of a time; each line with the fact that it came
        of.
        """
        told = [fact for fact in self.facts if fact.line and fact.at < until]
        return netted(replace(fact.line, fact=fact) for fact in told)

    def kept(self, until: datetime = T) -> list[Fact]:
        """The purchases of which something is left."""
        return [line.fact for line in self.sales(until) if line.is_kept]

    @property
    def everybody(self) -> set[int]:
        return set(self.customers)


def build(seed: int = 7, n_customers: int = 120) -> SmallHistory:
    """Fill the database and refresh the history."""
    dice = random.Random(seed)
    items = _items(dice)
    customers = _customers(dice, n_customers)
    facts = [
        fact
        for customer in customers.values()
        for fact in _events(dice, customer, items)
    ]
    _beliefs(dice, customers)
    segments.save("regulars", {"is": "event_count", "type": "purchase", "at_least": 4})
    history.refresh()
    return SmallHistory(customers, facts)


def clear() -> None:
    """Leave the database as it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE profiles_customer, profiles_item, profiles_event,"
            " profiles_segment, profiles_historystate CASCADE"
        )


def _items(dice: random.Random) -> list[Item]:
    return Item.objects.bulk_create(
        Item(
            external_id=f"i{n}",
            title=f"Item {n}",
            brand=dice.choice(BRANDS),
            category=dice.choice(CATEGORIES),
            price=dice.choice([None, 1, 2, 3.5]),
            attributes=dice.choice([{}, {"size": "1kg"}]),
        )
        for n in range(30)
    )


def _customers(dice: random.Random, n: int) -> dict[int, Customer]:
    made = Customer.objects.bulk_create(
        Customer(
            external_id=f"k{i}",
            region=dice.choice(["east", "west", "north", ""]),
            email=dice.choice(["", f"k{i}@shop.example"]),
            birth_date=dice.choice([None, "1975-03-01", "1990-01-01"]),
            signed_up_at=dice.choice([None, T - timedelta(days=300)]),
            traits=dice.choice(TRAITS),
        )
        for i in range(n)
    )
    return {one.pk: one for one in made}


def _events(dice: random.Random, customer: Customer, items: list[Item]) -> list[Fact]:
    rows, facts = [], []
    for _n in range(dice.choice([0, 0, 1, 3, 12, 40])):
        item = dice.choice([None, *items])
        kind = dice.choice(TYPES)
        at = T - timedelta(seconds=dice.randrange(-20 * 86_400, 250 * 86_400))
        is_line = kind in ("purchase", "return")
        quantity = (
            (dice.randint(1, 3) if kind == "purchase" else -1) if is_line else None
        )
        price = dice.choice([1.5, 10, 40]) if is_line else None
        order = (
            f"o{customer.pk}-{dice.randint(1, 4)}"
            if is_line and dice.random() < 0.8
            else None
        )
        properties = (
            {"store": dice.choice(["north", "south"])} if dice.random() < 0.5 else None
        )
        rows.append(
            Event(
                key=f"{dice.getrandbits(128):032x}",
                customer=customer,
                type=kind,
                at=at,
                quantity=quantity,
                price=price,
                order_id=order,
                item_id=item.external_id if item else None,
                properties=properties,
            )
        )
        if at < T:
            facts.append(
                Fact(
                    customer.pk,
                    kind,
                    at,
                    order,
                    float(quantity * price) if is_line else 0.0,
                    item.category if item else "",
                    item.brand if item else "",
                    float(item.price) if item and item.price else None,
                    properties or {},
                    (
                        Line(
                            customer.pk,
                            at,
                            quantity,
                            price,
                            item.external_id if item else None,
                            order,
                        )
                        if is_line
                        else None
                    ),
                )
            )
    Event.objects.bulk_create(rows)
    return facts


def _beliefs(dice: random.Random, customers: dict[int, Customer]) -> None:
    some = [one for one in customers.values() if dice.random() < 0.7]
    as_of = T - timedelta(hours=3)
    Portrait.objects.bulk_create(
        Portrait(
            customer=one,
            as_of=as_of,
            traits={"recency_days": {"value": dice.uniform(0, 90), "evidence": 3}},
        )
        for one in some
    )
    Score.objects.bulk_create(
        Score(
            customer=one,
            kind=kind,
            horizon_days=30,
            value=dice.random(),
            model="m/1",
            as_of=as_of,
        )
        for one in some
        for kind in ("purchase", "churn")
    )
    Consent.objects.bulk_create(
        [
            Consent(
                customer=one,
                channel=dice.choice(["email", "sms"]),
                topic=dice.choice(["", "offers"]),
                status=dice.choice(["granted", "withdrawn", "pending"]),
                at=T - timedelta(days=dice.randint(-3, 9)),
            )
            for one in some
            for _n in range(3)
        ],
        ignore_conflicts=True,
    )
