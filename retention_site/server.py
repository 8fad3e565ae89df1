"""The web server's way in: bodies arrive before a thread is taken, so that slow senders
take nobody's turn.

Granian hands each request to its event loop. There the body is awaited, as long as that
takes; only then one of a few threads runs the WSGI application on it. A sender who
stops half-way holds a socket and nothing else.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from django.conf import settings

from retention_site.wsgi import application as wsgi

CHUNK_S = 20.0  # a sender who is silent for longer is gone
IN_MEMORY = 1024 * 1024  # larger bodies wait on disk
TAKE_S = 60.0  # who does not take the next part of an answer within this is gone
# files up to this size are handed over whole: who reads slowly holds no thread
IN_ONE = 8 * 1024 * 1024
SENT_BYTES = 64 * 1024  # of a streamed answer at a time
# of a body that is too large anyway: the sender of more finds the line cut
LET_PASS = 64 * 1024 * 1024
# what nginx takes; a longer address is no link of ours and would fill the logs
MOST_URL_BYTES = 8 * 1024
TOO_LONG = "This address is too long.\n"
MOST_BYTES = 1024**3  # of a file that someone uploads in the admin
# what programs call: bodies over Django's cap are not even read
SMALL = ("/v1/", "/hooks/", "/callbacks/")
ALWAYS = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "Granian",
    "wsgi.errors": sys.stderr,
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
Environ = dict[str, Any]
Headers = list[tuple[str, str]]


class Server:
    """The application as granian's RSGI wants it."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(
            settings.WEB_THREADS, thread_name_prefix="web"
        )

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if len(scope.path) + len(scope.query_string) > MOST_URL_BYTES:
            protocol.response_str(414, [("content-type", "text/plain")], TOO_LONG)
            return
        try:
            body, length = await _body(scope, protocol)
        # silent for too long, or gone: there is nobody to answer
        except (TimeoutError, RuntimeError):
            protocol.response_empty(408, [("connection", "close")])
            return
        loop = asyncio.get_running_loop()
        # whoever asked went away while the answer was sent
        with body, suppress(TimeoutError, RuntimeError):
            await loop.run_in_executor(
                self.threads, _answer, environ_of(scope, body, length), protocol, loop
            )


async def _body(scope: Any, protocol: Any) -> tuple[IO[bytes], int]:
    """Return the whole body and its length; of one over the cap no more than the cap,
    and a length that says so.
    """
    body, most = SpooledTemporaryFile(IN_MEMORY), _cap(scope.path)  # noqa: SIM115  closed by the caller
    said = scope.headers.get("content-length") or ""
    if said.isdecimal() and int(said) > most:
        await _let_pass(aiter(protocol), int(said))
        return body, int(said)
    length, chunks = 0, aiter(protocol)
    while length <= most and (
        chunk := await asyncio.wait_for(anext(chunks, b""), CHUNK_S)
    ):
        body.write(chunk)
        length += len(chunk)
    if length > most:
        await _let_pass(chunks, LET_PASS)
    body.seek(0)
    return body, length


async def _let_pass(chunks: AsyncIterator[bytes], length: int) -> None:
    """Take what will be refused off the sender's hands: many read no answer before they
    have sent all.
    """
    while 0 < length <= LET_PASS and (
        chunk := await asyncio.wait_for(anext(chunks, b""), CHUNK_S)
    ):
        length -= len(chunk)


def _cap(path: str) -> int:
    return (
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE if path.startswith(SMALL) else MOST_BYTES
    )


def environ_of(scope: Any, body: IO[bytes], length: int) -> Environ:
    """Return what WSGI calls the environment of a request (PEP 3333)."""
    host, _, port = scope.server.rpartition(":")
    environ: Environ = ALWAYS | {
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": unquote_to_bytes(scope.path).decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
    }
    for name, value in scope.headers.items():
        # nobody may write X_Forwarded_Proto where a proxy would write X-Forwarded-Proto
        if "_" not in name:
            key = "HTTP_" + name.replace("-", "_").upper()
            environ[key] = (
                f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}"
                if key in environ
                else value
            )
    environ.setdefault("HTTP_HOST", scope.authority or scope.server)
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ.pop("HTTP_CONTENT_LENGTH", None)
    environ["CONTENT_LENGTH"] = str(length)
    return environ


def _answer(environ: Environ, protocol: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Run the application in this thread and send what it answers."""
    started: list[tuple[int, Headers]] = []

    def start_response(
        status: str, headers: Headers, _error: Any = None, /
    ) -> Callable[[bytes], object]:
        started.append((int(status.split(" ", 1)[0]), headers))
        return _no_writing

    parts = wsgi(environ, start_response)
    status, headers = started[0]
    try:
        if environ["REQUEST_METHOD"] == "HEAD":
            protocol.response_empty(status, headers)
        elif (
            getattr(parts, "streaming", False)
            and not 0 < _said_length(headers) <= IN_ONE
        ):
            _stream(parts, protocol.response_stream(status, headers), loop)
        else:
            protocol.response_bytes(status, headers, b"".join(parts))
    finally:
        if close := getattr(parts, "close", None):
            close()


def _said_length(headers: Headers) -> int:
    """Return how long an answer says it is, 0 when it does not."""
    return next(
        (int(value) for name, value in headers if name.lower() == "content-length"), 0
    )


def _no_writing(_part: bytes) -> object:
    raise RuntimeError("PEP 3333's old way of writing is not offered.")


def _stream(
    parts: Iterable[bytes], transport: Any, loop: asyncio.AbstractEventLoop
) -> None:
    """Send part after part, no faster than the other side takes them; small parts go
    together.
    """

    async def send(together: bytes) -> None:
        await transport.send_bytes(together)

    waiting = bytearray()
    for part in parts:
        waiting += part
        if len(waiting) >= SENT_BYTES:
            asyncio.run_coroutine_threadsafe(send(bytes(waiting)), loop).result(TAKE_S)
            waiting.clear()
    if waiting:
        asyncio.run_coroutine_threadsafe(send(bytes(waiting)), loop).result(TAKE_S)


application = Server()
