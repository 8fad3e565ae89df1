"""Questions about orders whose facts are known, and whether the answer tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from campaigns.answers.orders.order_facts import OrderEvent, orders
from campaigns.answers.orders.order_files import OrderBook
from campaigns.answers.reply import reply_to
from campaigns.answers.retrieval.answerer import Answerer
from campaigns.answers.retrieval.replies import State


@dataclass(frozen=True)
class Case:
    """Who asks what, and what the answer must hold; nothing where a person answers."""

    customer: str
    question: str
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


_EVENTS = (
    ("purchase", "2026-11-02", "c1", "A1001", "Mug", 2, "8.50"),
    ("purchase", "2026-11-02", "c1", "A1001", "Tray", 1, "20.00"),
    ("shipped", "2026-11-03", "c1", "A1001", "", None, None),
    ("delivered", "2026-11-06", "c1", "A1001", "", None, None),
    ("return", "2026-11-12", "c1", "A1001", "Tray", 1, None),
    ("purchase", "2026-11-20", "c1", "A1002", "Lamp", 1, "59.00"),
    ("Order Shipped", "2026-11-22", "c1", "A1002", "", None, None),
    ("purchase", "2026-11-25", "c2", "A1003", "Rug", 1, "120.00"),
    ("purchase", "2026-11-21", "c3", "20417", "Vase", 3, "15.00"),
    ("cancelled", "2026-11-23", "c3", "20417", "", None, None),
    ("purchase", "2026-11-09", "c6", "B7", "Cup", 1, "5.00"),
    ("purchase", "2026-11-01", "c4", "A1005", "Clock", 1, "35.00"),
    ("delivered", "2026-11-04", "c4", "A1005", "", None, None),
    ("refund", "2026-11-10", "c4", "A1005", "", None, None),
)
_CASES = {
    "en": (
        Case("c1", "Where is my order?", ("A1002", "2026-11-22"), ("A1001", "A1003")),
        Case("c1", "Has my order A1001 been delivered?", ("A1001", "2026-11-06")),
        Case("c1", "What is the status of order A1002?", ("2026-11-20", "2026-11-22")),
        Case("c1", "what did i order in A1001", ("2 × Mug", "1 × Tray")),
        Case("c1", "How much did I pay for order A1001?", ("37.00",)),
        Case("c1", "Did you get my return of order A1001?", ("2026-11-12", "1 × Tray")),
        Case("c1", "When will my parcel arrive?", ("A1002", "2026-11-22")),
        Case("c1", "Where is order A1003?"),
        Case("c1", "Where is my order A9999?"),
        Case("c2", "Has my order shipped?", ("A1003", "not recorded as shipped")),
        Case("c2", "Track my order", ("A1003",)),
        Case("c2", "When did I order?", ("2026-11-25",)),
        Case("c3", "What happened to order 20417?", ("2026-11-23", "cancelled")),
        Case("c3", "where's my package", ("20417", "cancelled")),
        Case("c4", "Where is my refund?", ("A1005", "2026-11-10")),
        Case("c4", "Has my refund been made?", ("refunded on 2026-11-10",)),
        Case("c5", "Where is my order?"),
        Case("c2", "Please show me order 20417"),
        Case("c2", "Where is order B7?"),
    ),
    "zh": (
        Case("c1", "我的订单到哪里了？", ("A1002", "2026-11-22"), ("A1001", "A1003")),
        Case("c1", "订单 A1001 送到了吗？", ("A1001", "2026-11-06")),
        Case("c1", "查一下我的订单 A1002", ("2026-11-20", "2026-11-22")),
        Case("c1", "订单 A1001 我买了什么？", ("2 × Mug", "1 × Tray")),
        Case("c1", "订单 A1001 我付了多少钱？", ("37.00",)),
        Case("c1", "订单 A1001 我的退货收到了吗？", ("2026-11-12", "1 × Tray")),
        Case("c1", "我的快递什么时候到？", ("A1002", "2026-11-22")),
        Case("c1", "订单 A1003 发货了吗？"),
        Case("c1", "我的订单 A9999 在哪里？"),
        Case("c2", "我的订单发货了吗？", ("A1003", "还没有发货")),
        Case("c2", "我什么时候下的单？", ("2026-11-25",)),
        Case("c3", "订单20417怎么了？", ("2026-11-23", "取消")),
        Case("c3", "我的包裹在哪儿？", ("20417", "取消")),
        Case("c4", "我的退款到账了吗？", ("A1005", "2026-11-10")),
        Case("c4", "我的退款什么时候到？", ("2026-11-10", "退款")),
        Case("c5", "我的订单在哪里？"),
        Case("c2", "把订单 20417 给我看看"),
    ),
}


def n_right(language: str) -> tuple[int, int]:
    """Return how many answers tell the right facts, and how many were asked."""
    return len(_CASES[language]) - len(wrong(language)), len(_CASES[language])


def wrong(language: str) -> list[str]:
    """Return a sentence for each answer that does not tell what is known."""
    book = OrderBook(orders(_events()), frozenset({"c5"}))
    nobody = Answerer({})
    found = []
    for case in _CASES[language]:
        is_others = partial(book.is_others, customer=case.customer)
        reply = reply_to(
            case.question, language, nobody, book.of(case.customer), is_others
        )
        text = reply.answer or ""
        told = reply.state is State.ANSWERED
        right = told == bool(case.holds) and all(one in text for one in case.holds)
        if not right or any(one in text for one in case.lacks):
            found.append(f"{case.question} → {reply.state} {reply.why} {text}")
    return found


def _events() -> list[OrderEvent]:
    return [
        OrderEvent(
            kind,
            datetime.fromisoformat(on).replace(tzinfo=UTC),
            customer,
            order,
            item,
            None if n is None else Decimal(n),
            None if price is None else Decimal(price),
            currency="EUR",
        )
        for kind, on, customer, order, item, n, price in _EVENTS
    ]
