"""Carts: what is in one now, from what was put in, taken out, shown and bought, in the
order of when it happened.

A cart is known by its own id or its checkout's; what names neither is of the customer's
one cart.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from retention_site.lib.clock import now

ADDED, REMOVED = "cart", ("product removed", "cart_removed")
EMPTIED = ("cart emptied", "cart cleared")
SHOWN = ("cart viewed", "cart updated", "checkout started", "checkout updated")
KINDS = (ADDED, *REMOVED, *EMPTIED, *SHOWN)
BEGINS = frozenset((ADDED, *SHOWN))  # what a reminder may wait for
SINCE = timedelta(days=30)  # a cart that nobody touched for longer is forgotten
MOST_EVENTS = 500  # of a cart
# Whatever the person did under any of the rows that were joined.
TOUCHED = """
    SELECT asked.id, event.type, event.item_id, event.quantity, event.properties
    FROM unnest(%(ids)s::bigint[], %(customers)s::bigint[]) AS asked (id, customer)
    JOIN profiles_customer told ON told.id = asked.customer
    CROSS JOIN LATERAL (
        SELECT one.type, one.item_id, one.quantity, one.properties, one.happened_at, one.id
        FROM profiles_event one
        WHERE one.customer_id IN (
                SELECT coalesce(told.merged_into_id, told.id)
                UNION ALL
                SELECT id FROM profiles_customer WHERE merged_into_id = coalesce(told.merged_into_id, told.id)
            )
            AND one.happened_at > %(since)s AND lower(one.type) = ANY(%(kinds)s)
        ORDER BY one.happened_at DESC, one.id DESC LIMIT %(most)s
    ) event
    ORDER BY asked.id, event.happened_at, event.id
"""
BOUGHT = "SELECT DISTINCT cart_id FROM profiles_order WHERE cart_id = ANY(%s)"


@dataclass
class Cart:
    """What is in a cart: how many of each item; "" stands for what nobody named."""

    items: dict[str, Decimal] = field(default_factory=dict)
    is_bought: bool = False
    is_known: bool = False  # whether anything was heard of it

    @property
    def is_empty(self) -> bool:
        return self.is_known and not self.items

    def touch(
        self,
        kind: str,
        item: str | None,
        quantity: Decimal | None,
        properties: Mapping[str, Any],
    ) -> None:
        """Take in the next thing that happened to it."""
        self.is_known = True
        if kind == ADDED:
            self.items[item or ""] = self.items.get(item or "", Decimal(0)) + (
                quantity or 1
            )
        elif kind in REMOVED and item:
            left = self.items.pop(item, Decimal(0)) - (quantity or Decimal("Infinity"))
            if left > 0:
                self.items[item] = left
        elif kind in EMPTIED:
            self.items.clear()
        elif isinstance(properties.get("products"), list):
            self.items = products_of(properties)


def now_of(asked: Mapping[int, tuple[int, str]]) -> dict[int, Cart]:
    """Return the carts that are asked for, each by the customer's primary key and its
    id or "". Two queries.
    """
    found: dict[int, Cart] = defaultdict(Cart)
    ids = list(asked)
    values: dict[str, Any] = {
        "ids": ids,
        "customers": [asked[one][0] for one in ids],
        "kinds": list(KINDS),
        "since": now() - SINCE,
        "most": MOST_EVENTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, values)
        for id_, kind, item, quantity, said in cursor.fetchall():
            properties = json.loads(said) if isinstance(said, str) else said or {}
            if _is_of(cart_id(properties), asked[id_][1]):
                found[id_].touch(kind.lower(), item, quantity, properties)
        cursor.execute(BOUGHT, [[cart for _customer, cart in asked.values() if cart]])
        bought = {cart for (cart,) in cursor.fetchall()}
    for id_, (_customer, cart) in asked.items():
        if cart in bought:
            found[id_].is_bought = True
    return dict(found)


def cart_id(said: Mapping[str, Any]) -> str:
    """Return the id of the cart or checkout that something speaks of, "" where it names
    none.
    """
    found = said.get("cart_id") or said.get("checkout_id")
    return str(found) if isinstance(found, str | int) else ""


def products_of(said: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return how many of each item a cart holds that is told as a whole."""
    items: dict[str, Decimal] = {}
    for one in said.get("products") or ():
        if isinstance(one, Mapping) and (n := _quantity(one.get("quantity"))) > 0:
            items[_item(one)] = items.get(_item(one), Decimal(0)) + n
    return items


def _is_of(said: str, wanted: str) -> bool:
    return not wanted or not said or said == wanted


def _item(product: Mapping[str, Any]) -> str:
    found = product.get("product_id") or product.get("item_id") or product.get("sku")
    return str(found) if isinstance(found, str | int) else ""


def _quantity(said: Any) -> Decimal:
    try:
        found = Decimal(str(1 if said in (None, "") else said))
    except ArithmeticError:
        return Decimal(1)
    return found if found.is_finite() else Decimal(1)
