"""Work out the questions that wait, in a process that holds the encoders."""

from __future__ import annotations

import structlog
from django.db import DatabaseError

from . import conversations
from .retrieval.replies import Reply, State
from .shop_answers import in_use, reply

log = structlog.get_logger(__name__)


def answer_waiting() -> int:
    """Work out what waits; return how many. What breaks goes to a person."""
    in_use()
    n = 0
    while found := conversations.waiting():
        for turn in found:
            conversations.work_out(turn, _reply(turn))
            n += 1
    return n


def _reply(turn: conversations.Turn) -> Reply:
    conversation = turn.conversation
    try:
        return reply(turn.question, conversation.language, conversation.customer)
    except DatabaseError:
        raise
    except Exception:
        log.exception("question not worked out", turn=turn.pk)
        return Reply(State.HANDED_OVER, conversations.BROKEN)
