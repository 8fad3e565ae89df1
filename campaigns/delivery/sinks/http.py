"""The local gateways: text messages, push in FCM's shape, web push, webhooks. The same
key twice is taken once.
"""

import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from campaigns.delivery.sinks.log import SinkLog, channels

SIGNATURE = ("webhook-id", "webhook-timestamp", "webhook-signature")
PUSH_HEADERS = ("Authorization", "Content-Encoding", "TTL", "Topic", "X-Message")
# channels whose messages come another way than as JSON to /<channel>
OTHERWISE = frozenset({"email", "push", "web_push"})
LARGEST_BYTES = 5 * 1024 * 1024


class Gateway(ThreadingHTTPServer):
    """One server for all HTTP channels."""

    daemon_threads = True

    def __init__(
        self,
        listener: socket.socket,
        logs: dict[str, SinkLog],
        handler: type["Request"],
    ) -> None:
        super().__init__(listener.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.logs = listener, logs


class Request(BaseHTTPRequestHandler):
    """One request; connections stay open for the next."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Gateway
    raw = b""

    def do_GET(self) -> None:
        """Tell whether a message was taken: ``/<channel>/seen?key=…``."""
        parts = urlsplit(self.path)
        channel, _, question = parts.path.strip("/").partition("/")
        if channel not in self.server.logs or question != "seen":
            return self.answer(404, {"error": "not found"})
        key = parse_qs(parts.query).get("key", [""])[0]
        return self.answer(200, {"seen": self.server.logs[channel].has(key)})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BYTES:
            return self.answer(413, {"error": "too large"})
        raw = self.rfile.read(length)
        if urlsplit(self.path).path.startswith("/web_push/"):
            return self.take_web_push(raw)
        try:
            body = json.loads(raw)
        except ValueError:
            return self.answer(400, {"error": "not JSON"})
        channel = channel_of(self.path)
        if channel is None:
            return self.answer(404, {"error": "not found"})
        self.raw = raw
        return self.take(channel, body)

    def take(self, channel: str, body: Any) -> None:
        """Write the message down, then answer as the provider of this channel does."""
        key = (
            self.headers.get("Idempotency-Key") or self.headers.get("webhook-id") or ""
        )
        ref = self.server.logs[channel].take_once(
            key, to=addressee(channel, body), body=body, **self.signature()
        )
        if channel == "push":
            return self.answer(200, {"name": f"projects/local/messages/{ref}"})
        return self.answer(200, {"id": ref})

    def take_web_push(self, raw: bytes) -> None:
        """Write an encrypted message down and answer as a push service does (RFC 8030,
        5).
        """
        said = {
            name: self.headers[name] for name in PUSH_HEADERS if self.headers.get(name)
        }
        address = f"http://{self.headers.get('Host', '')}{self.path}"
        ref = self.server.logs["web_push"].take(
            said.get("X-Message", ""),
            to=[address],
            headers=said,
            raw=raw.decode("latin-1"),
        )
        return self.answer(201, {}, {"Location": f"/message/{ref}"})

    def signature(self) -> dict[str, Any]:
        """Return the signature of a webhook and the very text that was signed."""
        signed = {
            name: self.headers[name] for name in SIGNATURE if self.headers.get(name)
        }
        return (
            {"headers": signed, "raw": self.raw.decode("utf-8", "replace")}
            if signed
            else {}
        )

    def answer(
        self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
        self.wfile.flush()

    def log_message(self, *_words: Any) -> None:
        """Say nothing: the log of what was taken says it all."""


def channel_of(path: str) -> str | None:
    """Return the channel that a path belongs to."""
    path = urlsplit(path).path
    if path.startswith("/v1/projects/") and path.endswith("/messages:send"):
        return "push"
    first = path.strip("/").partition("/")[0]
    return first if first in set(channels()) - OTHERWISE else None


def addressee(channel: str, body: Any) -> list[str]:
    """Return whom a request is for."""
    if not isinstance(body, dict):
        return []
    if channel == "push":
        return [str(body.get("message", {}).get("token", ""))]
    return [str(body.get("to", ""))]
