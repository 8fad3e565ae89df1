"""Speak SMTP so that every answer is certain or known to be missing.

One connection for many messages. Where the server allows it (RFC 2920), body k travels together with envelope k + 1.
The point of no return is the final dot: what fails before it was provably not sent.
"""

import contextlib
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from campaigns.delivery.channels.contract import ProviderAway
from campaigns.delivery.channels.endpoints import Endpoint
from campaigns.delivery.outcome import Outcome, accepted, deferred, no_answer, refused, unsent

LONGEST_REPLY_BYTES = 64 * 1024
OUR_NAME = socket.gethostname() or "localhost"
OUR_FAULT = {530, 534, 535, 538}  # our account is refused, not the recipient
GONE = re.compile(r"5\.1\.(1|6|10)\b")  # RFC 3463: no such mailbox, moved away, null MX


class Broken(Exception):
    """The connection is of no more use: closed, timed out, or the server speaks something else."""


@dataclass(frozen=True)
class Reply:
    code: int
    text: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.code < 400


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
        return f"MAIL FROM:<{self.sender}>{extra}\r\nRCPT TO:<{self.recipient}>\r\nDATA\r\n".encode()

    def body(self) -> bytes:
        raw = self.raw if self.raw.endswith(b"\r\n") else self.raw + b"\r\n"
        stuffed = b"." + raw if raw.startswith(b".") else raw
        return stuffed.replace(b"\r\n.", b"\r\n..") + b".\r\n"


class Conversation:
    """One connection to an SMTP server."""

    def __init__(self, endpoint: Endpoint, answer_seconds: float) -> None:
        self.endpoint, self.answer_seconds = endpoint, answer_seconds
        self.socket: socket.socket | None = None
        self.buffer = b""
        self.extensions: dict[str, str] = {}
        self.deadline = 0.0

    @property
    def is_open(self) -> bool:
        return self.socket is not None

    def connect(self) -> None:
        """Open the connection and sign in; raise `ProviderAway`."""
        seconds = min(self.answer_seconds, 20.0)
        where = self.endpoint
        kind = smtplib.SMTP_SSL if where.scheme == "smtps" else smtplib.SMTP
        try:
            smtp = kind(where.host, where.port, local_hostname=where.options.get("ehlo", OUR_NAME), timeout=seconds)
            if where.scheme == "smtp+tls":
                smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if where.username:
                smtp.login(where.username, where.password)
        except (OSError, smtplib.SMTPException) as error:
            raise ProviderAway(f"{where.name} does not take mail: {error}") from error
        assert smtp.sock is not None  # noqa: S101  it has just greeted us
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket, self.buffer, self.extensions = smtp.sock, b"", smtp.esmtp_features

    def takes(self, letter: Letter) -> bool:
        """Say whether the server can carry this letter's address."""
        return not letter.needs_utf8 or "smtputf8" in self.extensions

    def may_send_ahead(self, letter: Letter) -> bool:
        return "pipelining" in self.extensions and self.takes(letter)

    def close(self, *, politely: bool = False) -> None:
        if self.socket is None:
            return
        with contextlib.suppress(OSError):
            if politely:
                self.socket.settimeout(1.0)
                self.socket.sendall(b"QUIT\r\n")
            self.socket.close()
        self.socket = None

    def expect(self) -> None:
        """Start the clock: answers are due ``answer_seconds`` from now, however slowly they drip."""
        self.deadline = time.monotonic() + self.answer_seconds

    def send(self, data: bytes) -> None:
        """Send, and start the clock for the answer."""
        self.expect()
        if self.socket is None:
            raise Broken("not connected")
        try:
            self.socket.settimeout(self.answer_seconds)
            self.socket.sendall(data)
        except OSError as error:
            raise self._broken(error) from error

    def reply(self) -> Reply:
        """Read one reply, all its lines."""
        lines: list[str] = []
        while True:
            line = self._line()
            if len(line) < 3 or not line[:3].isdigit() or line[3:4] not in ("", " ", "-"):
                raise self._broken(f"not an SMTP reply: {line[:80]!r}")
            lines.append(line[4:])
            if line[3:4] != "-":
                return Reply(int(line[:3]), " ".join(lines))

    def _line(self) -> str:
        while b"\n" not in self.buffer:
            left = self.deadline - time.monotonic()
            if left <= 0 or self.socket is None:
                raise self._broken("no answer in time")
            if len(self.buffer) > LONGEST_REPLY_BYTES:
                raise self._broken("the answer has no end")
            try:
                self.socket.settimeout(left)
                received = self.socket.recv(65536)
            except OSError as error:
                raise self._broken(error) from error
            if not received:
                raise self._broken("the connection was closed")
            self.buffer += received
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def _broken(self, why: object) -> Broken:
        self.close()
        return Broken(str(why) or type(why).__name__)


def deliver(conversation: Conversation, letters: list[Letter], may_go: Callable[[], bool]) -> Iterator[Outcome]:
    """Send letters in order over one connection, reconnecting where it breaks; yield one outcome for each."""
    sent_ahead = False  # the envelope of the next letter has left already
    for n, letter in enumerate(letters):
        if not conversation.is_open:
            sent_ahead = False
            try:
                conversation.connect()
            except ProviderAway as error:
                yield from (unsent(str(error)) for _ in letters[n:])
                return
        following = letters[n + 1] if n + 1 < len(letters) and conversation.may_send_ahead(letters[n + 1]) else None
        step = _one(conversation, letter, may_go, has_envelope=sent_ahead, following=following)
        sent_ahead = step.sent_ahead and conversation.is_open
        yield step.outcome


@dataclass(frozen=True)
class _Step:
    outcome: Outcome
    sent_ahead: bool = False


def _one(
    line: Conversation, letter: Letter, may_go: Callable[[], bool], *, has_envelope: bool, following: Letter | None
) -> _Step:
    """Send one letter, and with its body the envelope of the following one."""
    if not line.takes(letter):
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
        line.send(b".\r\n")  # RFC 2920: nobody was accepted, so an empty message ends this
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
    """Turn an SMTP reply into our words; a reply that no rule of RFC 5321 explains is no answer."""
    text = reply.text[:500]
    if 200 <= reply.code < 300:
        return accepted(reply.code, text)
    if 400 <= reply.code < 500 or reply.code in OUR_FAULT:
        return deferred(reply.code, text)
    if 500 <= reply.code < 600:
        return refused(reply.code, text, forgets_address=bool(GONE.match(text)))
    return no_answer(f"{reply.code} {text}", reply.code)
