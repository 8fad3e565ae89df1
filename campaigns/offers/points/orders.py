"""Orders as points see them: what of them is left, by item, in the shop's currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection

from campaigns.content.points_terms import EarnRule
from campaigns.offers.points.tiers import IN_SHOPS_CURRENCY

# An order is one source's and one person's; a line without an order is by itself.
LINES = f"""
    WITH asked AS (
        SELECT * FROM unnest(%(people)s::bigint[], %(sources)s::text[], %(orders)s::text[])
            AS asked (person, source, order_id)
    ), rows AS (
        SELECT asked.person, customer.id AS customer, asked.source, asked.order_id
        FROM asked JOIN profiles_customer customer
            ON customer.id = asked.person OR customer.merged_into_id = asked.person
    )
    SELECT rows.person, rows.source, rows.order_id, event.type = 'purchase',
        event.happened_at, event.item_id, coalesce(item.category, ''),
        coalesce(event.quantity * event.price * {IN_SHOPS_CURRENCY}, 0)
    FROM rows JOIN profiles_event event ON event.customer_id = rows.customer
        AND event.source = rows.source AND event.order_id = rows.order_id
        AND event.type IN ('purchase', 'return')
    LEFT JOIN profiles_item item ON item.external_id = event.item_id
"""  # noqa: S608  our own text
ALONE = f"""
    SELECT coalesce(customer.merged_into_id, customer.id), event.id, event.happened_at,
        event.item_id, coalesce(item.category, ''),
        coalesce(event.quantity * event.price * {IN_SHOPS_CURRENCY}, 0)
    FROM profiles_event event JOIN profiles_customer customer ON customer.id = event.customer_id
    LEFT JOIN profiles_item item ON item.external_id = event.item_id
    WHERE event.id = ANY(%(events)s)
"""  # noqa: S608  our own text


@dataclass(frozen=True)
class Line:
    """Money of one line; a return's is below zero."""

    item_id: str
    category: str
    money: Decimal


@dataclass
class PlacedOrder:
    """One order of one person, with what came back of it."""

    person: int
    subject: str
    placed_at: datetime | None = None
    lines: list[Line] = field(default_factory=list)
    is_alone: bool = False  # a line that names no order

    @property
    def since(self) -> datetime:
        """When it was placed; asked only of orders whose purchase was told."""
        if self.placed_at is None:
            raise LookupError(f"{self.subject} has no purchase.")
        return self.placed_at

    def add(self, is_purchase: bool, at: datetime, line: Line) -> None:
        self.lines.append(line)
        if is_purchase and (self.placed_at is None or at < self.placed_at):
            self.placed_at = at

    def spent_on(self, rule: EarnRule) -> Decimal:
        """Return what of it a rule counts. A refund of money alone is spread over all."""
        named = [line for line in self.lines if line.item_id]
        money = sum((line.money for line in named), Decimal(0))
        loose = sum((one.money for one in self.lines), Decimal(0)) - money
        if not (rule.categories or rule.items):
            return money + loose
        counted = sum((line.money for line in named if _is_of(rule, line)), Decimal(0))
        return counted + (loose * counted / money if money else 0)


def orders_of(asked: Iterable[tuple[int, str, str]]) -> list[PlacedOrder]:
    """Read whole orders by person, source and id, however few of their events are new."""
    keys = sorted(set(asked))
    if not keys:
        return []
    people, sources, orders = zip(*keys, strict=True)
    found: dict[tuple[int, str, str], PlacedOrder] = {}
    given = {
        "people": list(people),
        "sources": list(sources),
        "orders": list(orders),
        "currency": settings.SHOP_CURRENCY,
    }
    with connection.cursor() as cursor:
        cursor.execute(LINES, given)
        for person, source, order_id, is_purchase, at, item, category, money in cursor:
            key = (person, source, order_id)
            subject = f"order:{source}:{order_id}"
            order = found.setdefault(key, PlacedOrder(person, subject))
            order.add(is_purchase, at, Line(item or "", category, money))
    return list(found.values())


def lines_alone(events: Sequence[int]) -> list[PlacedOrder]:
    """Read lines that name no order: each is one by itself. A return is dated as it came."""
    found = []
    with connection.cursor() as cursor:
        given = {"events": list(events), "currency": settings.SHOP_CURRENCY}
        cursor.execute(ALONE, given)
        for person, pk, at, item, category, money in cursor:
            order = PlacedOrder(person, f"event:{pk}", at, is_alone=True)
            order.lines.append(Line(item or "", category, money))
            found.append(order)
    return found


def _is_of(rule: EarnRule, line: Line) -> bool:
    if line.item_id in rule.items:
        return True
    levels = [level.strip() for level in line.category.split(">")]
    wanted = ([part.strip() for part in one.split(">")] for one in rule.categories)
    return any(levels[: len(one)] == one for one in wanted)
