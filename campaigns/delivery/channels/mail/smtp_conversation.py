"""One conversation with an SMTP server: send lines, read replies, know when the line is
dead.
"""

import contextlib
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass

from campaigns.delivery.channels.endpoints import Endpoint
from campaigns.delivery.channels.line import ProviderAway
from retention_site.lib.security.outbound import ForbiddenAddress
from retention_site.lib.security.ssrf_guard import GuardedSmtp, GuardedSmtpSsl

KINDS = {False: (smtplib.SMTP, smtplib.SMTP_SSL), True: (GuardedSmtp, GuardedSmtpSsl)}
LONGEST_REPLY_BYTES = 64 * 1024
OUR_NAME = socket.gethostname() or "localhost"


class Broken(Exception):
    """The connection is of no more use: closed, timed out, or the server speaks
    something else.
    """


@dataclass(frozen=True)
class Reply:
    code: int
    text: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.code < 400


class Conversation:
    """One connection to an SMTP server."""

    def __init__(self, endpoint: Endpoint, answer_seconds: float) -> None:
        self.endpoint, self.answer_seconds = endpoint, answer_seconds
        self.socket: socket.socket | None = None
        self.buffer = b""
        self.extensions: dict[str, str] = {}
        self.deadline = 0.0
        self.is_at_rest = True  # nothing was said that waits for its answer

    @property
    def is_open(self) -> bool:
        return self.socket is not None

    def connect(self) -> None:
        """Open the connection and sign in; raise `ProviderAway`."""
        seconds = min(self.answer_seconds, 20.0)
        where = self.endpoint
        plain, tls = KINDS[where.is_typed]
        kind = tls if where.scheme == "smtps" else plain
        try:
            smtp = kind(
                where.host,
                where.port,
                local_hostname=where.options.get("ehlo", OUR_NAME),
                timeout=seconds,
            )
            if where.scheme == "smtp+tls":
                smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if where.username:
                smtp.login(where.username, where.password)
        except (OSError, ForbiddenAddress, smtplib.SMTPException) as error:
            raise ProviderAway(f"{where.name} does not take mail: {error}") from error
        assert smtp.sock is not None  # noqa: S101  it has just greeted us
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket, self.buffer, self.extensions = smtp.sock, b"", smtp.esmtp_features

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
        """Start the clock: answers are due ``answer_seconds`` from now, however slowly
        they drip.
        """
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
            if (
                len(line) < 3
                or not line[:3].isdigit()
                or line[3:4] not in ("", " ", "-")
            ):
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
