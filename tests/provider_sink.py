"""A provider on loopback: answers as it is told to and remembers every request."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Heard:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {
            name: values[0] for name, values in parse_qs(self.body.decode()).items()
        }


Answer = tuple[int, dict[str, Any]]


@dataclass
class ProviderSink:
    """What was asked, and what to say next; the last answer is given again."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    # by the start of the path
    answers: dict[str, Callable[[Heard], Answer]] = field(default_factory=dict)

    def answer(self, start: str, *answers: Answer) -> None:
        left = list(answers)
        self.answers[start] = lambda _heard: left.pop(0) if len(left) > 1 else left[0]

    def asked(self, start: str) -> list[Heard]:
        return [one for one in self.heard if one.path.startswith(start)]


@contextmanager
def provider_sink() -> Iterator[ProviderSink]:
    """Serve on a free port while the context lasts."""
    sink = ProviderSink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard = Heard(
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                body,
            )
            sink.heard.append(heard)
            answer = next(
                (
                    one
                    for start, one in sink.answers.items()
                    if self.path.startswith(start)
                ),
                None,
            )
            status, said = (
                answer(heard)
                if answer
                else (404, {"error": "nobody told me what to say"})
            )
            raw = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_words: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    sink.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield sink
    server.shutdown()
    server.server_close()
