"""Sinks that misbehave as the recipient's name says: `python -m
tests.faults.misbehaving_sinks`.

A name starts with what shall happen: ``450-…`` is put off the first time and taken the
second. FAULT_DELAY slows every answer down, so that a kill meets messages on their way.
"""

import asyncio
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retention_site.settings")
django.setup()

# ruff: noqa: E402  Django must be set up before its models are imported
from aiosmtpd.smtp import SMTP, Envelope, Session

from campaigns.delivery.sinks import server, smtp
from campaigns.delivery.sinks.http import Request, addressee

DELAY = float(os.environ.get("FAULT_DELAY", "0"))
HANG_SECONDS = 30.0


class Misbehaving(smtp.Mailbox):
    """A mail server of the wrong kind."""

    seen: set[str] = set()

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        fault = address.partition("-")[0]
        if fault in ("421", "450", "550") and self._is_first(
            address, forever=fault == "550"
        ):
            if fault == "421":
                await server.push("421 4.3.2 going down")
                server.transport.close()
            return f"{fault} {fault[0]}.1.1 as asked"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        address = envelope.rcpt_tos[0]
        fault = address.partition("-")[0]
        await asyncio.sleep(DELAY)
        if fault == "451" and self._is_first(address):
            return "451 4.3.0 try later"
        if fault == "554":
            return "554 5.7.1 not wanted"
        if fault == "garbage" and self._is_first(address):
            return "what do you mean?"
        if fault == "hang" and self._is_first(address):
            await asyncio.sleep(HANG_SECONDS)
        if fault == "dropbefore" and self._is_first(address):
            server.transport.abort()
            return "250 never heard"
        said = self.keep(envelope)
        if fault == "dropafter" and self._is_first(address):
            server.transport.abort()
        if fault == "slow":
            await asyncio.sleep(0.3)
        return said

    def _is_first(self, address: str, *, forever: bool = False) -> bool:
        is_first = address not in self.seen
        self.seen.add(address)
        return is_first or forever


class MisbehavingRequest(Request):
    """A gateway of the wrong kind: what shall happen stands in the text."""

    seen: set[str] = set()

    def take(self, channel: str, body: dict) -> None:
        time.sleep(DELAY)
        fault = str(body.get("text", "")).partition(" ")[0]
        key = self.headers.get("Idempotency-Key") or ""
        is_first = key not in self.seen
        self.seen.add(key)
        if fault not in FAULTS or (not is_first and fault not in FOR_EVER):
            return super().take(channel, body)
        return FAULTS[fault](self, channel, body)

    def put_off(self, _channel: str, _body: dict) -> None:
        self.say(
            b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length:"
            b" 0\r\n\r\n"
        )

    def unavailable(self, _channel: str, _body: dict) -> None:
        self.say(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")

    def failed(self, _channel: str, _body: dict) -> None:
        self.say(
            b"HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nContent-Length:"
            b" 13\r\n\r\n<h1>Oops</h1>"
        )

    def taken_but_broken(self, channel: str, body: dict) -> None:
        key = self.headers.get("Idempotency-Key") or ""
        self.server.logs[channel].take_once(key, to=addressee(channel, body), body=body)
        self.say(b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"id": ')

    def drips(self, _channel: str, _body: dict) -> None:
        try:
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b" " * 20:
                self.say(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            self.close_connection = True

    def refused(self, _channel: str, _body: dict) -> None:
        self.say(
            b'HTTP/1.1 422 No\r\nContent-Length: 18\r\n\r\n{"error": "number"}'[:-1]
        )

    def say(self, content: bytes) -> None:
        self.wfile.write(content)
        self.wfile.flush()


FAULTS = {
    "429": MisbehavingRequest.put_off,
    "503": MisbehavingRequest.unavailable,
    "500": MisbehavingRequest.failed,
    "broken": MisbehavingRequest.taken_but_broken,
    "drip": MisbehavingRequest.drips,
    "422": MisbehavingRequest.refused,
}
# a wrong number stays wrong, also when a slow answer made the sender ask again
FOR_EVER = {"422"}


def main() -> None:
    server.run(
        lambda listening: print("listening", listening, file=sys.stderr, flush=True),
        Misbehaving,
        MisbehavingRequest,
    )


if __name__ == "__main__":
    main()
