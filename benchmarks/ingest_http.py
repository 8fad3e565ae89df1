"""The tracking API over HTTP, as `make run` serves it (granian, two workers), answered
only when durable.

A shop of 20,000 customers and 2,000 items; views of known customers, each with an id of
its own, as one JSON message of about 300 bytes. Clients are threads of this process
with connections kept alive, on the same machine: they take their share of its cores.
Single calls are compared with a bare Django view that inserts the same row on the same
server.
"""

import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from benchmarks.figures import Figure
from benchmarks.start import _free_port as free_port
from retention_site.lib import embedded
from retention_site.lib.processes.identity import wait_until
from retention_site.lib.processes.programs import web

N_CUSTOMERS, N_ITEMS = 20_000, 2_000
SECONDS = 8.0
N_CLIENTS = 8
CUSTOMERS = (
    "INSERT INTO profiles_customer (external_id) SELECT 'c' || n FROM"
    " generate_series(1, %s) AS n"
)
ITEMS = (
    "INSERT INTO profiles_item (external_id) SELECT 'i' || n FROM generate_series(1,"
    " %s) AS n"
)
HALF_SECONDS = 10.0


def measure() -> Iterator[Figure]:
    key = _make_shop()
    with _served() as port:
        for size in (100, 1000):
            load = _load(
                port, key, "/v1/batch", lambda size=size: _batch(size), n_clients=4
            )
            yield Figure(
                f"events in batches of {size}",
                load.per_second * size,
                "events/s",
                6000,
                "wanted",
            )
        packed = _load(
            port, key, "/v1/batch", lambda: _batch(100, identify=True), n_clients=4
        )
        yield Figure(
            "messages in batches of 100, half identify",
            packed.per_second * 100,
            "messages/s",
        )
        single = _load(port, key, "/v1/track", lambda: json.dumps(_message()).encode())
        yield Figure("single calls", single.per_second, "calls/s", 250, "wanted")
        paced = _load(
            port,
            key,
            "/v1/track",
            lambda: json.dumps(_message()).encode(),
            rate=single.per_second / 2,
        )
        yield Figure(
            "single calls at half load, p99",
            paced.percentile(0.99) * 1000,
            "ms",
            100,
            "wanted at most",
        )
    with _served("benchmarks.bare.event_site:application") as port:
        bare = _load(port, key, "/v1/track", lambda: json.dumps(_message()).encode())
    yield Figure(
        "single calls",
        single.per_second,
        "calls/s",
        bare.per_second,
        "bare view, calls/s",
    )
    _check(packed, single)


@dataclass
class Load:
    """What a load came to; seconds of each call."""

    seconds: float
    took: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.took) / self.seconds

    def percentile(self, share: float) -> float:
        return statistics.quantiles(self.took, n=1000)[int(share * 1000) - 1]


def _make_shop() -> str:
    """Return a write key to a shop that has customers and items."""
    import django
    from django.core.management import call_command

    embedded.ensure()
    django.setup()
    call_command("migrate", verbosity=0)
    from django.db import connection

    from profiles.models import ApiKey

    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, [N_CUSTOMERS])
        cursor.execute(ITEMS, [N_ITEMS])
        cursor.execute("ANALYZE profiles_customer, profiles_item")
    return ApiKey.make("write", name="bench")[1]


@contextmanager
def _served(application: str = "retention_site.server:application") -> Iterator[int]:
    port = free_port()
    command = [
        application if word == "retention_site.server:application" else word
        for word in web(port).command
    ]
    process = subprocess.Popen(
        command, env={**os.environ, "PORT": str(port)}, stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: _listens(port), 60, every=0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/v1/track")
        return connection.getresponse().status > 0
    except OSError:
        return False


def _load(
    port: int,
    key: str,
    path: str,
    body: Callable[[], bytes],
    *,
    n_clients: int = N_CLIENTS,
    rate: float | None = None,
) -> Load:
    """Call for some seconds: each client one call after the other, or all of them at
    ``rate`` calls a second.
    """
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    seconds = HALF_SECONDS if rate else SECONDS
    load, began = Load(seconds), time.perf_counter()

    def client(first: int) -> None:
        connection, n = http.client.HTTPConnection("127.0.0.1", port, timeout=30), first
        while (now := time.perf_counter() - began) < seconds:
            due = began + n / rate if rate else began + now
            time.sleep(max(due - time.perf_counter(), 0))
            said = body()
            # a call that had to wait for its turn is late
            start = due if rate else time.perf_counter()
            connection.request("POST", path, said, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")
            load.took.append(time.perf_counter() - start)
            n += n_clients

    threads = [threading.Thread(target=client, args=[n]) for n in range(n_clients)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    if not load.took:
        sys.exit("no call was answered")
    return load


def _message() -> dict[str, object]:
    return {
        "type": "track",
        "event": "Product Viewed",
        "messageId": str(uuid.uuid4()),
        "userId": f"c{random.randint(1, N_CUSTOMERS)}",
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {
            "product_id": f"i{random.randint(1, N_ITEMS)}",
            "price": 2.99,
            "currency": "USD",
        },
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
    }


def _batch(size: int, *, identify: bool = False) -> bytes:
    messages = [_message() for _ in range(size)]
    for message in messages[::2] if identify else []:
        message |= {
            "type": "identify",
            "anonymousId": f"a{message['userId']}",
            "traits": {"shoe_size": 38},
        }
    return json.dumps(
        {"batch": messages, "sentAt": datetime.now(UTC).isoformat()}
    ).encode()


def _check(*_loads: Load) -> None:
    """Every answered event is there."""
    from profiles.models import Event

    if not Event.objects.filter(source="bench").exists():
        raise RuntimeError("nothing was stored")
