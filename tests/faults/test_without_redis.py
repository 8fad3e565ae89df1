"""Rows 7, 8, 9: Redis flushed again and again, frozen, or not there at all."""

import os
import signal
import time

import pytest
from celery import Celery
from django.conf import settings
from redis import Redis

from campaigns import tasks
from campaigns.delivery.sinks import ports
from retention_site import celery
from retention_site.lib import embedded
from retention_site.lib.embedded import valkey
from retention_site.lib.processes.programs import Program, manage
from retention_site.lib.wake import wake
from tests.faults.checker import check
from tests.faults.sizes import at_both_sizes
from tests.sending import eventually, make_send, states

pytestmark = pytest.mark.django_db(transaction=True)
NOWHERE = "redis://127.0.0.1:1/0"


@at_both_sizes
def test_a_redis_that_forgets_everything_ten_times_a_second(
    is_full, local_sinks, celery_workers
):
    n = 5000 if is_full else 200
    run = make_send(n)
    redis = Redis.from_url(settings.REDIS_URL)
    celery_workers("send,triggered,sweep", processes=2)

    def forget_and_sweep() -> None:
        tasks.sweep_messages()
        redis.flushdb()
        time.sleep(0.1)

    assert eventually(lambda: states(run).get("sent") == n, 120, forget_and_sweep), (
        states(run)
    )
    assert check(ports.folder().parent, [run]) == {"sent": n}


@pytest.mark.parametrize("way", ["--poll", "NOTIFY"])
def test_work_goes_on_with_no_redis_at_all(way, local_sinks, launch):
    words = ("work", "--poll") if way == "--poll" else ("work",)
    worker = launch(Program("work", manage(*words)), {"REDIS_URL": NOWHERE})
    assert eventually(lambda: "Working." in worker.said(), 20), worker.said()
    run = make_send(100)
    wake(tasks.SEND, "bulk")
    assert eventually(lambda: states(run).get("sent") == 100, 40), (
        states(run),
        worker.said(),
    )
    assert check(ports.folder().parent, [run]) == {"sent": 100}


def test_a_frozen_redis_holds_up_one_caller_and_no_second(tmp_path, monkeypatch):
    place = embedded.place(tmp_path)
    valkey.start(place)
    pid = place.records.living(valkey.NAME).pid
    frozen = Celery("frozen", broker=embedded_broker(place))
    frozen.conf.broker_transport_options = celery.app.conf.broker_transport_options
    monkeypatch.setattr(celery, "app", frozen)
    monkeypatch.setattr("retention_site.lib.wake._away_until", 0.0)
    os.kill(pid, signal.SIGSTOP)
    try:
        assert seconds_of_a_wake_up() < celery.SOCKET_SECONDS * 4
        assert seconds_of_a_wake_up() < 0.1
    finally:
        os.kill(pid, signal.SIGCONT)
        valkey.stop(place)


def seconds_of_a_wake_up() -> float:
    started = time.monotonic()
    wake(tasks.SEND, "bulk")
    return time.monotonic() - started


def embedded_broker(place) -> str:
    """Return the address of another Valkey, as Celery words it."""
    return "redis+socket://" + valkey.url(place).removeprefix("unix://").replace(
        "db=", "virtual_host="
    )
