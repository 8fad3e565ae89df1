"""One question of one customer: her own orders from the data, everything else from the
documents. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .orders import order_reply
from .orders.order_facts import OrderFacts
from .retrieval.answerer import Answerer, spoken_language
from .retrieval.passages import Passage
from .retrieval.question_kinds import MAX_CHARACTERS, Kind, holds
from .retrieval.replies import Reply, State

NOBODY = "who asks is not known"
ORDER = "order:"  # before an order's number, where a document's name stands


def reply_to(
    question: str,
    language: str | None,
    answerer: Answerer,
    own: Sequence[OrderFacts] | None = None,
    is_others: Callable[[str], bool] = lambda order: False,
) -> Reply:
    """Say what becomes of a question; `own` are the asker's orders, None where nobody
    said who asks.
    """
    read = question[:MAX_CHARACTERS]
    found = answerer.kind(read, language)
    spoken = spoken_language(read, language)
    if own is not None and _is_of_orders(read, spoken, found, own, is_others):
        said = order_reply.reply(read, spoken, own, is_others)
        if said.text is None or said.order is None:
            return Reply(State.HANDED_OVER, said.why, kind=Kind.OWN_ORDER)
        record = Passage(ORDER + said.order, 0, len(said.text), said.text, (), spoken)
        return Reply(
            State.ANSWERED, said.why, said.text, (record,), 1.0, kind=Kind.OWN_ORDER
        )
    if own is None and any(is_others(one) for one in order_reply.ids(read)):
        return Reply(State.HANDED_OVER, NOBODY, kind=Kind.OTHERS_ORDER)
    reply = answerer.reply(question, language)
    if own is None and found is Kind.OWN_ORDER and reply.state is State.ANSWERED:
        return replace(reply, state=State.OFFERED, answer=None)
    return reply


def _is_of_orders(
    question: str,
    language: str,
    found: Kind,
    own: Sequence[OrderFacts],
    is_others: Callable[[str], bool],
) -> bool:
    """Say whether it is about an order: by its words, or by an order's number."""
    if found is Kind.OWN_ORDER:
        return True
    if found is not Kind.POLICY:
        return False
    is_named = bool(order_reply.named_orders(question, own)) or any(
        is_others(one) for one in order_reply.ids(question)
    )
    return is_named and holds(question, language, "order_words")
