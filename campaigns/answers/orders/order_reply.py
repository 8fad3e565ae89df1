"""Answers about the asker's own orders, in words that hold nothing but its facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from campaigns.answers.retrieval.question_kinds import holds
from campaigns.answers.retrieval.words import CHINESE, normal

from .order_facts import (
    CANCELLED,
    DELIVERED,
    PENDING,
    PLACED,
    REFUNDED,
    RETURNED,
    SHIPPED,
    OrderFacts,
)

ID = re.compile(r"[a-z0-9][a-z0-9_\-]{0,63}", re.ASCII)
# "order A2", "订单 7": a number that is said to be an order's
NUMBERED = re.compile(r"(?:\border|订单号?|单号)[ #:：]{0,3}[a-z_\-]{0,8}\d", re.ASCII)
LEAST_DIGITS = 4  # of a number that may be an order's
MOST_ITEMS = 12  # named in one answer

OTHERS = "another person's order"
UNKNOWN = "no such order of the asker's"
NO_ORDER = "no order of the asker's"
FROM_DATA = "from the shop's own data"

_WORDS = {
    "en": {
        PLACED: "Order {id} was placed on {placed}.",
        PENDING: "Order {id} is known, but nothing more is recorded of it.",
        SHIPPED: "It was shipped on {shipped} and is not recorded as delivered yet.",
        DELIVERED: "It was delivered on {delivered}.",
        RETURNED: "A return was recorded on {returned}.",
        REFUNDED: "It was refunded on {refunded}.",
        CANCELLED: "It was cancelled on {cancelled}.",
        "waits": "It is not recorded as shipped yet.",
        "items": "It holds: {items}.",
        "total": "Its total is {total}.",
        "and": ", ",
        "back": "Returned: {back}.",
    },
    CHINESE: {
        PLACED: "订单 {id} 于 {placed} 下单。",
        PENDING: "订单 {id} 已登记，暂无更多记录。",
        SHIPPED: "已于 {shipped} 发货，尚无签收记录。",
        DELIVERED: "已于 {delivered} 送达。",
        RETURNED: "{returned} 记录了退货。",
        REFUNDED: "已于 {refunded} 退款。",
        CANCELLED: "已于 {cancelled} 取消。",
        "waits": "目前还没有发货记录。",
        "items": "商品：{items}。",
        "total": "总额：{total}。",
        "and": "、",
        "back": "已退：{back}。",
    },
}


@dataclass(frozen=True)
class OrderReply:
    """What is told of an order, or why nothing is."""

    why: str
    text: str | None = None
    order: str | None = None


def named_orders(question: str, own: Sequence[OrderFacts]) -> list[OrderFacts]:
    """Return the asker's orders whose numbers stand in the question."""
    said = ids(question)
    return [order for order in own if normal(order.id).lstrip("#") in said]


def ids(question: str) -> frozenset[str]:
    """Return the words with a digit: any of them may be an order's number."""
    found = ID.findall(normal(question))
    return frozenset(one for one in found if any(map(str.isdigit, one)))


def reply(
    question: str,
    language: str,
    own: Sequence[OrderFacts],
    is_others: Callable[[str], bool],
) -> OrderReply:
    """Tell of the order that is named, else of the newest one; `is_others` says whether
    a number is the order of somebody else.
    """
    named = named_orders(question, own)
    if not named:
        said = ids(question)
        if any(is_others(one) for one in said):
            return OrderReply(OTHERS)
        if any(map(_may_be_an_order, said)) or NUMBERED.search(normal(question)):
            return OrderReply(UNKNOWN)
    if not own:
        return OrderReply(NO_ORDER)
    order = (named or list(own))[0]
    return OrderReply(FROM_DATA, told(question, language, order), order.id)


def told(question: str, language: str, order: OrderFacts) -> str:
    """Say an order's facts, and those that were asked for besides how far it is."""
    words = _WORDS.get(language, _WORDS["en"])
    facts = {state: at.date().isoformat() for state, at in order.at.items()}
    if order.placed_at:
        facts[PLACED] = order.placed_at.date().isoformat()
    parts = [PLACED if order.placed_at else PENDING]
    parts += [
        state for state in (DELIVERED, RETURNED, REFUNDED, CANCELLED) if state in facts
    ]
    if order.state == SHIPPED:
        parts.append(SHIPPED)
    if order.state == PLACED:
        parts.append("waits")
    if order.items and holds(question, language, "order_items"):
        parts.append("items")
    if order.total and holds(question, language, "order_money"):
        parts.append("total")
    if order.returned:
        parts.append("back")
    said = {
        **facts,
        "id": order.id,
        "items": _listed(order.items, words["and"]),
        "back": _listed(order.returned, words["and"]),
        "total": f"{order.total:.2f} {order.currency}".strip(),
    }
    joint = "" if language == CHINESE else " "
    return joint.join(words[part].format(**said) for part in parts)


def _listed(items: dict[str, Decimal], joint: str) -> str:
    return joint.join(
        f"{n.normalize():f} × {title}" for title, n in list(items.items())[:MOST_ITEMS]
    )


def _may_be_an_order(word: str) -> bool:
    return sum(map(str.isdigit, word)) >= LEAST_DIGITS
