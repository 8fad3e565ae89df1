"""Speak HTTP so that "provably not sent", "answered" and "no answer" stay apart."""

import base64
import contextlib
import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from campaigns.delivery.channels.endpoints import Endpoint
from campaigns.delivery.channels.line import Line, MayGo, Outgoing, ProviderAway
from campaigns.delivery.outcome import (
    Outcome,
    accepted,
    deferred,
    no_answer,
    refused,
    unsent,
)
from retention_site.lib.clock import real_now
from retention_site.lib.security import ssrf_guard
from retention_site.lib.security.outbound import ForbiddenAddress

LARGEST_ANSWER_BYTES = 256 * 1024
MOST_HANGS = 3  # in a row, before the rest of a group waits for a better time
LONGEST_RETRY_AFTER_SECONDS = 24 * 3600.0
SAYS = (
    "message",
    "Message",
    "error",
    "error_message",
    "detail",
    "reason",
    "description",
    "code",
)
LONGEST_SAID = 300
OUR_FAULT = {401, 403, 407}  # our account is refused, not the recipient
COME_AGAIN = {408, 425, 429, 503}


class Lost(Exception):
    """The request left, or may have; no whole answer came."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON; raise `ValueError`."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Request:
    path: str
    body: bytes
    headers: Mapping[str, str]


def json_request(
    path: str, body: Mapping[str, Any], headers: Mapping[str, str]
) -> Request:
    return Request(
        path,
        json.dumps(body, ensure_ascii=False).encode(),
        {"Content-Type": "application/json", **headers},
    )


def form_request(
    path: str, fields: Mapping[str, str], headers: Mapping[str, str]
) -> Request:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request(path, urlencode(fields).encode(), {**kind, **headers})


class Connection:
    """One connection to a provider, kept open from message to message."""

    def __init__(self, endpoint: Endpoint, answer_seconds: float) -> None:
        self.endpoint, self.answer_seconds = endpoint, answer_seconds
        kind = (
            http.client.HTTPSConnection
            if endpoint.scheme == "https"
            else http.client.HTTPConnection
        )
        self.connection = kind(endpoint.host, endpoint.port, timeout=answer_seconds)
        if endpoint.is_typed:
            vars(self.connection)["_create_connection"] = ssrf_guard.create_connection

    @property
    def is_open(self) -> bool:
        return self.connection.sock is not None

    def connect(self) -> None:
        """Connect; raise `ProviderAway`."""
        try:
            self.connection.connect()
        except (OSError, ForbiddenAddress) as error:
            self.connection.close()
            raise ProviderAway(
                f"{self.endpoint.name} does not answer: {error}"
            ) from error

    def post(self, request: Request) -> Reply:
        """Send a request and read its answer, all within the answer time; raise `Lost`."""
        headers = {**self._credentials(), **request.headers}
        # an answer that drips byte by byte has no timeout
        watch = threading.Timer(self.answer_seconds, self._hang_up)
        watch.start()
        try:
            self.connection.request("POST", request.path, request.body, headers)
            answer = self.connection.getresponse()
            content = answer.read(LARGEST_ANSWER_BYTES)
            reply = Reply(
                answer.status,
                {name.lower(): value for name, value in answer.getheaders()},
                content,
            )
            if not answer.isclosed():
                self.connection.close()
            return reply
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.connection.close()
            raise Lost(str(error) or type(error).__name__) from error
        finally:
            watch.cancel()

    def close(self) -> None:
        self.connection.close()

    def _hang_up(self) -> None:
        if self.connection.sock is not None:
            with contextlib.suppress(OSError):
                self.connection.sock.shutdown(2)

    def _credentials(self) -> dict[str, str]:
        where = self.endpoint
        if where.username:
            pair = base64.b64encode(
                f"{where.username}:{where.password}".encode()
            ).decode()
            return {"Authorization": f"Basic {pair}"}
        return {"Authorization": f"Bearer {where.password}"} if where.password else {}


class HttpLine(Line):
    """Messages one by one over a kept connection; ``request`` and ``read`` translate
    for one provider.
    """

    def __init__(
        self,
        connection: Connection,
        request: Callable[[Outgoing], Request],
        read: Callable[[Reply], Outcome],
    ) -> None:
        self.connection, self.request, self.read = connection, request, read

    def send(self, group: Sequence[Outgoing], may_go: MayGo) -> Iterator[Outcome]:
        n_lost = 0
        for n, outgoing in enumerate(group):
            if not may_go() or n_lost >= MOST_HANGS:
                yield from (unsent("stopped before the request") for _ in group[n:])
                return
            outcome, was_lost = self._one(outgoing)
            n_lost = n_lost + 1 if was_lost else 0
            yield outcome

    def _one(self, outgoing: Outgoing) -> tuple[Outcome, bool]:
        try:
            if not self.connection.is_open:
                self.connection.connect()
            return self.read(self.connection.post(self.request(outgoing))), False
        except ProviderAway as error:
            return unsent(str(error)), True
        except Lost as error:
            return no_answer(str(error)), True


@contextlib.contextmanager
def line(
    endpoint: Endpoint,
    answer_seconds: float,
    request: Callable[[Outgoing], Request],
    read: Callable[[Reply], Outcome],
) -> Iterator[Line]:
    """Open an HTTP line; raise `ProviderAway`."""
    connection = Connection(endpoint, answer_seconds)
    connection.connect()
    try:
        yield HttpLine(connection, request, read)
    finally:
        connection.close()


def judge(reply: Reply, ref: Callable[[Any], object]) -> Outcome:
    """Turn an HTTP answer into our words; ``ref`` finds the provider's id in its JSON."""
    said = said_by(reply)
    if 200 <= reply.status < 300:
        return _taken(reply, ref, said)
    if reply.status in COME_AGAIN:
        return deferred(
            reply.status, said, retry_after(reply.headers.get("retry-after", ""))
        )
    if reply.status in OUR_FAULT:
        return deferred(reply.status, said)
    if 400 <= reply.status < 500:
        return refused(reply.status, said)
    # a 500 does not say whether it had sent already
    return no_answer(f"the gateway failed: {said}", reply.status)


def said_by(reply: Reply) -> str:
    """Return what a provider says of an error, as its JSON names it; never a page as it
    came.

    Whoever may type an address could else read through us what answers there.
    """
    try:
        found = reply.json()
    except (ValueError, RecursionError):
        return (
            f"an answer of {len(reply.body)} bytes that is no JSON"
            if reply.body
            else ""
        )
    for key in SAYS:
        inner = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(inner, Mapping):
            inner = next(
                (inner[one] for one in SAYS if isinstance(inner.get(one), str)), None
            )
        if isinstance(inner, str | int) and str(inner).strip():
            return str(inner)[:LONGEST_SAID]
    return ""


def _taken(reply: Reply, ref: Callable[[Any], object], said: str) -> Outcome:
    try:
        found = ref(reply.json())
    except (ValueError, LookupError, TypeError, AttributeError):
        return no_answer(f"the answer can't be read: {said}", reply.status)
    return accepted(reply.status, ref=None if found is None else str(found))


def retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header, given as seconds or as a date (RFC
    9110, 10.2.3).
    """
    try:
        seconds = (
            float(text)
            if text.strip().isdigit()
            else (parsedate_to_datetime(text) - real_now()).total_seconds()
        )
    except (ValueError, TypeError):
        return None
    return max(0.0, min(seconds, LONGEST_RETRY_AFTER_SECONDS))
