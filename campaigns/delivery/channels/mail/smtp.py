"""Speak SMTP so that every answer is certain or known to be missing.

One connection for many messages. Where the server allows it (RFC 2920), body k travels
together with envelope k + 1. The point of no return is the final dot: what fails before
it was provably not sent.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from campaigns.delivery.bounces.verdict import lasting
from campaigns.delivery.channels.line import ProviderAway
from campaigns.delivery.channels.mail.smtp_conversation import (
    Broken,
    Conversation,
    Reply,
)
from campaigns.delivery.outcome import (
    Outcome,
    accepted,
    deferred,
    no_answer,
    refused,
    unsent,
)

OUR_FAULT = {530, 534, 535, 538}  # our account is refused, not the recipient


@dataclass(frozen=True)
class Letter:
    """One envelope and its message, dots not yet stuffed."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def needs_utf8(self) -> bool:
        return not self.recipient.isascii()

    def envelope(self) -> bytes:
        extra = " SMTPUTF8 BODY=8BITMIME" if self.needs_utf8 else ""
        return (
            f"MAIL FROM:<{self.sender}>{extra}\r\nRCPT"
            f" TO:<{self.recipient}>\r\nDATA\r\n".encode()
        )

    def body(self) -> bytes:
        raw = self.raw if self.raw.endswith(b"\r\n") else self.raw + b"\r\n"
        stuffed = b"." + raw if raw.startswith(b".") else raw
        return stuffed.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def deliver(
    conversation: Conversation, letters: list[Letter], may_go: Callable[[], bool]
) -> Iterator[Outcome]:
    """Send letters in order over one connection, reconnecting where it breaks; yield
    one outcome for each.
    """
    sent_ahead = False  # the envelope of the next letter has left already
    for n, letter in enumerate(letters):
        if not conversation.is_open:
            sent_ahead = False
            try:
                conversation.connect()
            except ProviderAway as error:
                yield from (unsent(str(error)) for _ in letters[n:])
                return
        following = (
            letters[n + 1]
            if n + 1 < len(letters) and _may_send_ahead(conversation, letters[n + 1])
            else None
        )
        conversation.is_at_rest = False
        step = _one(
            conversation, letter, may_go, has_envelope=sent_ahead, following=following
        )
        sent_ahead = step.sent_ahead and conversation.is_open
        conversation.is_at_rest = not sent_ahead
        yield step.outcome


@dataclass(frozen=True)
class _Step:
    outcome: Outcome
    sent_ahead: bool = False


def _one(
    line: Conversation,
    letter: Letter,
    may_go: Callable[[], bool],
    *,
    has_envelope: bool,
    following: Letter | None,
) -> _Step:
    """Send one letter, and with its body the envelope of the following one."""
    if not _takes(line, letter):
        return _Step(refused(553, "the mail server takes no international addresses"))
    try:
        refusal = _envelope(line, letter, has_envelope)
    except Broken as error:
        return _Step(unsent(f"before the message: {error}"))
    if refusal is not None:
        return _Step(refusal)
    if not may_go():
        line.close()  # after DATA only hanging up takes the message back
        return _Step(unsent("the lease was about to run out"))
    try:
        line.send(letter.body() + (following.envelope() if following else b""))
        return _Step(judge(line.reply()), sent_ahead=following is not None)
    except Broken as error:
        return _Step(no_answer(str(error)))


def _envelope(line: Conversation, letter: Letter, has_envelope: bool) -> Outcome | None:
    """Bring the server to expect the body; return its refusal, or None."""
    if "pipelining" not in line.extensions:
        return _step_by_step(line, letter)
    if has_envelope:
        line.expect()
    else:
        line.send(letter.envelope())
    mail, rcpt, data = line.reply(), line.reply(), line.reply()
    worst = next((reply for reply in (mail, rcpt) if not reply.is_good), None)
    if data.code == 354 and worst is not None:
        # RFC 2920: nobody was accepted, so an empty message ends this
        line.send(b".\r\n")
        line.reply()
    elif worst is None and data.code != 354:
        worst = data
    return None if worst is None else _refused_early(line, worst)


def _step_by_step(line: Conversation, letter: Letter) -> Outcome | None:
    for command in letter.envelope().splitlines(keepends=True):
        line.send(command)
        reply = line.reply()
        if not reply.is_good or (command == b"DATA\r\n" and reply.code != 354):
            return _refused_early(line, reply)
    return None


def _refused_early(line: Conversation, reply: Reply) -> Outcome:
    if reply.code == 421:
        line.close()
    else:
        with contextlib.suppress(Broken):
            line.send(b"RSET\r\n")
            line.reply()
    return judge(reply)


def judge(reply: Reply) -> Outcome:
    """Turn an SMTP reply into our words; a reply that no rule of RFC 5321 explains is
    no answer.
    """
    text = reply.text[:500]
    if 200 <= reply.code < 300:
        return accepted(reply.code, text)
    if 400 <= reply.code < 500 or reply.code in OUR_FAULT:
        return deferred(reply.code, text)
    if 500 <= reply.code < 600:
        return refused(
            reply.code, text, forgets_address=lasting(f"{reply.code} {text}") is True
        )
    return no_answer(f"{reply.code} {text}", reply.code)


def _takes(line: Conversation, letter: Letter) -> bool:
    """Say whether the server can carry this letter's address."""
    return not letter.needs_utf8 or "smtputf8" in line.extensions


def _may_send_ahead(line: Conversation, letter: Letter) -> bool:
    return "pipelining" in line.extensions and _takes(line, letter)
