"""One connection to a mail server, kept between batches: what leaves alone does not
wait for TLS and login.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass

from campaigns.delivery.channels.endpoints import Endpoint
from campaigns.delivery.channels.mail.smtp_conversation import Broken, Conversation

# servers wait for minutes (RFC 5321, 4.5.3.2.7); nobody's place is held longer than
# that
KEEP_SECONDS = 30.0
ASK_SECONDS = 2.0


@dataclass(frozen=True)
class _Kept:
    conversation: Conversation
    process: int  # a forked process must not speak on its parent's connection
    since: float


class _OfThread(threading.local):
    kept: _Kept | None = None  # two threads never speak on one connection


_mine = _OfThread()


def connected(endpoint: Endpoint, answer_seconds: float) -> Conversation:
    """Return an open connection: the kept one if it still answers, else a new one.
    Raise `ProviderAway`.
    """
    kept, _mine.kept = _mine.kept, None
    if kept is not None and kept.process == os.getpid():
        conversation = kept.conversation
        is_ours = (
            conversation.endpoint == endpoint
            and time.monotonic() - kept.since < KEEP_SECONDS
        )
        if is_ours and _answers(conversation):
            conversation.answer_seconds = answer_seconds
            return conversation
        conversation.close(politely=True)
    conversation = Conversation(endpoint, answer_seconds)
    conversation.connect()
    return conversation


def keep(conversation: Conversation) -> None:
    """Keep a connection on which every answer was heard; hang up any other."""
    if conversation.is_open and conversation.is_at_rest:
        _mine.kept = _Kept(conversation, os.getpid(), time.monotonic())
    else:
        conversation.close(politely=True)


def _answers(conversation: Conversation) -> bool:
    """Ask. A server that hung up meanwhile, or says goodbye, shows here and not in a
    message.
    """
    conversation.answer_seconds = ASK_SECONDS
    try:
        conversation.send(b"NOOP\r\n")
        # a word too many: we would mishear later
        return conversation.reply().code == 250 and not conversation.buffer
    except Broken:
        return False
