"""The local mailbox: a real SMTP server that takes every message and passes none on."""

import asyncio
import logging
import re
import socket

from aiosmtpd.smtp import SMTP, Envelope, Session

from campaigns.delivery.sinks.log import SinkLog

MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)
# aiosmtpd tells every line of every conversation
logging.getLogger("mail.log").setLevel(logging.WARNING)

LARGEST_BYTES = 20 * 1024 * 1024


class Mailbox:
    """What the server asks at each step of the conversation."""

    def __init__(self, log: SinkLog) -> None:
        self.log = log

    async def handle_EHLO(  # noqa: N802  aiosmtpd finds it by this name
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        return self.keep(envelope)

    def keep(self, envelope: Envelope) -> str:
        """Write the message down, then say so."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        try:
            ref = self.log.take(
                message_id(raw),
                to=list(envelope.rcpt_tos),
                raw=raw.decode("latin-1"),
                **{"from": envelope.mail_from},
            )
        except OSError as error:
            return f"452 4.3.1 {error.strerror}"
        return f"250 2.0.0 taken as {ref}"


def message_id(raw: bytes) -> str:
    """Return the Message-ID of a message as bytes, angle brackets included; empty where
    it has none.
    """
    head = raw.partition(b"\r\n\r\n")[0]
    found = MESSAGE_ID.search(head)
    return found[1].decode("latin-1") if found else ""


async def serve(listener: socket.socket, mailbox: Mailbox) -> asyncio.Server:
    """Take connections from ``listener`` until the server is closed."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(
            mailbox,
            enable_SMTPUTF8=True,
            data_size_limit=LARGEST_BYTES,
            ident="Rapport sink",
            loop=loop,
        ),
        sock=listener,
    )
