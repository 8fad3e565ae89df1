"""Answer from the shop's documents and orders, in a process that holds the encoders:
a worker or a command, never a web process.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from profiles.models import Customer, Event, Item, Order

from .document_versions import current_key, current_passages
from .orders.order_facts import (
    CANCELLED,
    REFUNDED,
    OrderEvent,
    OrderFacts,
    orders,
)
from .reply import reply_to
from .retrieval.answerer import Answerer
from .retrieval.build import answerer
from .retrieval.replies import Reply

MOST_EVENTS = 2_000  # of one customer's orders, newest first
ENDED = {
    Order.Status.CANCELLED: CANCELLED,
    Order.Status.VOIDED: CANCELLED,
    Order.Status.REFUNDED: REFUNDED,
}


def reply(question: str, language: str | None, customer: Customer | None) -> Reply:
    """Say what becomes of a question of this customer, or of somebody unknown."""
    people = _people(customer) if customer else []
    own = own_orders(people) if customer else None
    return reply_to(question, language, in_use(), own)


def in_use() -> Answerer:
    """Return the answerer over the documents in use, made anew when they change."""
    return _made(current_key())


@lru_cache(maxsize=1)
def _made(_key: tuple[tuple[int, str], ...]) -> Answerer:
    return answerer(current_passages(), Path(settings.MODEL_DIR) / "encoders")


def own_orders(people: list[int]) -> list[OrderFacts]:
    """Put together the orders of one person from its events and its ledger."""
    rows = list(
        Event.objects.filter(customer__in=people, order_id__gt="").order_by("-at")[
            :MOST_EVENTS
        ]
    )
    told = [
        OrderEvent(
            row.type,
            row.at,
            str(row.customer_id),
            row.order_id or "",
            row.item_id or "",
            row.quantity,
            row.price,
            row.discount,
            row.currency or "",
        )
        for row in rows
    ]
    titles = dict(
        Item.objects.filter(external_id__in={row.item_id for row in rows}).values_list(
            "external_id", "title"
        )
    )
    named = {key: title for key, title in titles.items() if title}
    found = {order.id: order for order in orders(told, named)}
    for known in Order.objects.filter(customer__in=people):
        order = found.setdefault(
            known.order_id, OrderFacts(known.order_id, str(known.customer_id))
        )
        if known.placed_at:
            order.at.setdefault("placed", known.placed_at)
        state = ENDED.get(Order.Status(known.status))
        ended_at = known.ended_at or known.told_at
        if state and ended_at:
            order.at.setdefault(state, ended_at)
    return sorted(
        found.values(),
        key=lambda one: one.placed_at.timestamp() if one.placed_at else 0.0,
        reverse=True,
    )


def _people(customer: Customer) -> list[int]:
    return [customer.pk, *customer.merged.values_list("pk", flat=True)]
