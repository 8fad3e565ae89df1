"""What customers did last: products they looked at, and their last order. Looked up
only for words that ask for it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from campaigns.content.model import Content
from campaigns.planning.message_context import Known
from campaigns.rendering.mjml import LIQUID
from campaigns.rendering.template_context import Card, Lately, OrderedItem, OrderFacts
from profiles.history.kept_lines import less_returns, order_of
from profiles.models import Item

VIEWED, ORDER = "last_viewed", "order"
ASKS = re.compile(rf"\b({VIEWED}|{ORDER})\b")
MOST_VIEWED = 6
MOST_LINES = 60  # of an order
NAMES = ("item_id", "source", "order_id", "quantity", "price", "currency", "at")
NEWEST = """
    SELECT asked.id, event.* FROM unnest(%(customers)s::bigint[]) AS asked (id) CROSS JOIN LATERAL (
        SELECT item_id, source, order_id, quantity, price, currency, happened_at FROM profiles_event
        WHERE customer_id = ANY(
                asked.id || ARRAY(SELECT id FROM profiles_customer WHERE merged_into_id = asked.id)
            ) AND type = %(type)s AND (item_id IS NOT NULL OR type = 'return') AND happened_at <= %(now)s
        ORDER BY happened_at DESC LIMIT %(limit)s
    ) event
"""


def with_lately(
    known: Mapping[int, Known], content: Content, now: datetime
) -> dict[int, Known]:
    """Return customers with what they did last, if the words of ``content`` ask for it.
    At most four queries.
    """
    asked = asked_by(content)
    if not asked or not known:
        return dict(known)
    viewed = _newest(list(known), "view", now) if VIEWED in asked else {}
    bought = _kept(list(known), now) if ORDER in asked else {}
    items = _items(
        {
            row["item_id"]
            for rows in (*viewed.values(), *bought.values())
            for row in rows
        }
    )
    return {
        pk: replace(
            one,
            lately=Lately(
                _viewed(viewed.get(pk, []), items), _order(bought.get(pk, []), items)
            ),
        )
        for pk, one in known.items()
    }


def asked_by(content: Content) -> set[str]:
    """Return which of the two the words ask for, in a tag of Liquid."""
    return {
        found
        for text in _texts(content)
        for tag in LIQUID.findall(text)
        for found in ASKS.findall(tag)
    }


def is_asked(content: Content, words: re.Pattern[str]) -> bool:
    """Say whether a tag of Liquid in any of its words names one of these."""
    return any(
        words.search(tag) for text in _texts(content) for tag in LIQUID.findall(text)
    )


def _texts(content: Content) -> Iterator[str]:
    yield from content.partials.values()
    for messages in (content.messages, *(arm.messages for arm in content.arms)):
        for words in messages.values():
            yield from words.values()


def _newest(
    customers: Sequence[int], kind: str, now: datetime
) -> dict[int, list[dict[str, Any]]]:
    """Return each customer's newest events of a kind, the newest first."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            NEWEST,
            {
                "customers": list(customers),
                "type": kind,
                "now": now,
                "limit": MOST_LINES,
            },
        )
        for customer, *values in cursor:
            found[customer].append(dict(zip(NAMES, values, strict=True)))
    return found


def _kept(customers: Sequence[int], now: datetime) -> dict[int, list[dict[str, Any]]]:
    """Return each customer's newest purchases less what came back of them."""
    bought, back = (
        _newest(customers, "purchase", now),
        _newest(customers, "return", now),
    )
    return {who: less_returns(rows, back.get(who, ())) for who, rows in bought.items()}


def _items(ids: set[str]) -> dict[str, Item]:
    return (
        {item.external_id: item for item in Item.objects.filter(external_id__in=ids)}
        if ids
        else {}
    )


def _viewed(
    rows: Sequence[Mapping[str, Any]], items: Mapping[str, Item]
) -> tuple[Card, ...]:
    """Products that are still on sale, each once, the newest first."""
    ids = dict.fromkeys(row["item_id"] for row in rows)
    on_sale = [
        items[one] for one in ids if one in items and items[one].available is not False
    ]
    return tuple(_card(item) for item in on_sale[:MOST_VIEWED])


def _order(
    rows: Sequence[Mapping[str, Any]], items: Mapping[str, Item]
) -> OrderFacts | None:
    of_orders = [row for row in rows if row["order_id"]]
    if not of_orders:
        return None
    newest = of_orders[0]
    lines = [row for row in of_orders if order_of(row) == order_of(newest)]
    currency = newest["currency"] or settings.SHOP_CURRENCY
    return OrderFacts(
        newest["order_id"],
        newest["at"],
        currency,
        tuple(_line(row, items) for row in lines),
    )


def _line(row: Mapping[str, Any], items: Mapping[str, Item]) -> OrderedItem:
    item = items.get(row["item_id"])
    card = _card(item) if item else Card(row["item_id"], "", "")
    return OrderedItem(card, row["quantity"] or 1, row["price"])


def _card(item: Item) -> Card:
    return Card(
        item_id=item.external_id,
        title=item.title,
        reason="",
        brand=item.brand,
        category=item.category,
        price=item.price,
        currency=item.currency or settings.SHOP_CURRENCY,
        url=item.url,
        image_url=item.image_url,
    )
