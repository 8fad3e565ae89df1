"""From a signed webhook, or an event posted to the API, to the mail server's DATA:
twenty a second, beside a campaign.

Everything as `make run` starts it: granian with two workers, Celery workers of the send
and the triggered lane, Valkey, PostgreSQL, and the local sinks, which write every
message down. The clock starts before the call is posted and stops when the sink has
taken the mail. The bulk campaign has more messages waiting than can go out meanwhile.
"""

from __future__ import annotations

import http.client
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.start import _free_port as free_port
from retention_site.lib import embedded
from retention_site.lib.processes.identity import wait_until
from retention_site.lib.processes.programs import SENDING, sinks, web, worker
from retention_site.lib.processes.records import Records
from retention_site.lib.processes.running import start, stop_all

PER_SECOND, SECONDS, N_WARM = 20, 15, 20
N_BULK = 60_000
UP_SECONDS = 40.0


def measure() -> Iterator[Figure]:
    _make_shop()
    from tests.sending import Sender, make_customers, make_hook, make_send

    hook, secret = make_hook("bench")
    n = PER_SECOND * SECONDS
    people = iter(make_customers(2 * N_WARM + 4 * n, "email"))
    key = _watch_events()
    with _running() as port:
        webhooks = _Calls(
            port, f"/hooks/{hook.slug}", partial(_webhook, Sender(secret))
        )
        events = _Calls(port, "/v1/track", partial(_event, key))
        for calls in (webhooks, events):
            calls.post_all(list(islice(people, N_WARM)))
        alone = [
            calls.post_all(list(islice(people, n))) for calls in (webhooks, events)
        ]
        make_send(N_BULK)
        _wake_bulk()
        began = time.monotonic()
        busy = [calls.post_all(list(islice(people, n))) for calls in (webhooks, events)]
        seconds, n_bulk = time.monotonic() - began, _n_bulk()
    assert n_bulk < N_BULK, "the bulk campaign was over too soon"
    for when, measured in (("alone", alone), ("beside bulk", busy)):
        for what, (to_mail, answers) in zip(
            ("webhook", "event"), measured, strict=True
        ):
            yield from _figures(what, when, to_mail, answers)
    yield Figure(
        "of the bulk campaign went out meanwhile", n_bulk / seconds, "messages/s"
    )


def _watch_events() -> str:
    """Let a campaign wait for an event; return a key with which events may be posted."""
    from profiles.models import ApiKey
    from tests.sending import make_approved_for

    make_approved_for("wishes", {"kind": "event", "events": ["wish_listed"]})
    return ApiKey.make("write", name="bench")[1]


def _webhook(sender: Any, customer: Any) -> tuple[bytes, dict[str, str]]:
    raw, headers = sender.signed(
        {"customer_id": customer.external_id}, f"evt_{customer.pk}"
    )
    return raw, headers


def _event(key: str, customer: Any) -> tuple[bytes, dict[str, str]]:
    said = {
        "type": "track",
        "event": "wish_listed",
        "userId": customer.external_id,
        "messageId": f"m{customer.pk}",
    }
    return json.dumps(said).encode(), {"Authorization": f"Bearer {key}"}


def _figures(
    what: str, when: str, to_mail: list[float], answers: list[float]
) -> Iterator[Figure]:
    yield Figure(
        f"{what} to mail, p50, {when}",
        _at(to_mail, 0.5) * 1000,
        "ms",
        60,
        "wanted at most",
    )
    yield Figure(
        f"{what} to mail, p99, {when}",
        _at(to_mail, 0.99) * 1000,
        "ms",
        250,
        "wanted at most",
    )
    yield Figure(
        f"{what} answered, p99, {when}",
        _at(answers, 0.99) * 1000,
        "ms",
        100,
        "wanted at most",
    )


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _make_shop() -> None:
    import django
    from django.core.management import call_command

    embedded.ensure()
    django.setup()
    call_command("migrate", verbosity=0)


@contextmanager
def _running() -> Iterator[int]:
    """Run the shop; yield the port of its site."""
    folder = Path(tempfile.mkdtemp())
    records, port = Records(folder), free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
    }
    programs = [
        web(port),
        sinks(),
        worker("send", "send,sweep", 2, niceness=SENDING),
        worker("triggered", "triggered", 1),
    ]
    started = [
        start(program, records, folder / "logs", environment) for program in programs
    ]
    try:
        assert wait_until(lambda: _answers(port), UP_SECONDS), started[0].said()
        for one in started[2:4]:
            assert wait_until(lambda one=one: " ready." in one.said(), UP_SECONDS), (
                one.said()
            )
        yield port
    finally:
        stop_all(started, records)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _wake_bulk() -> None:
    from retention_site.lib.wake import wake

    wake("campaigns.tasks.send_due", "bulk")


def _n_bulk() -> int:
    from campaigns.models import Message

    return Message.objects.filter(lane="bulk", state="sent").count()


class _Calls:
    """Posts calls at a steady pace, from two threads, and reads off the sink's log when
    each mail arrived.
    """

    def __init__(
        self, port: int, path: str, said: Callable[[Any], tuple[bytes, dict[str, str]]]
    ) -> None:
        self.port, self.path, self.said = port, path, said
        self.posted: dict[str, float] = {}
        self.answers: list[float] = []

    def post_all(self, customers: list[Any]) -> tuple[list[float], list[float]]:
        """Return the seconds from post to mail, and to the answer."""
        self.posted, self.answers = {}, []
        threads = [
            threading.Thread(target=self._post, args=(customers[n::2], n))
            for n in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wait_until(lambda: len(self._arrived()) == len(customers), 60.0), len(
            self._arrived()
        )
        arrived = self._arrived()
        return [
            arrived[address] - at for address, at in self.posted.items()
        ], self.answers

    def _post(self, customers: list[Any], offset: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        first = time.monotonic() + offset / PER_SECOND
        for n, customer in enumerate(customers):
            raw, headers = self.said(customer)
            time.sleep(max(0.0, first + n * 2 / PER_SECOND - time.monotonic()))
            started = time.time()
            connection.request(
                "POST", self.path, raw, {**headers, "Content-Type": "application/json"}
            )
            answer = connection.getresponse()
            answer.read()
            assert answer.status in (200, 202), answer.status
            self.answers.append(time.time() - started)
            self.posted[customer.email] = started

    def _arrived(self) -> dict[str, float]:
        from campaigns.delivery.sinks import ports

        found: dict[str, float] = {}
        with (ports.folder() / "email.jsonl").open() as log:
            for line in log:
                if line.endswith("\n"):
                    said = json.loads(line)
                    found[said["to"][0]] = datetime.fromisoformat(
                        said["at"]
                    ).timestamp()
        return {address: at for address, at in found.items() if address in self.posted}
