"""Rows 5, 6, 10: a worker stopped past its lease, or ending at each commit; a database
that throws everybody out.
"""

import os
import random
import signal
import sys
import time

import pytest
from django.db import connection

from campaigns import tasks
from campaigns.delivery import send, sweep
from campaigns.delivery.sinks import ports
from campaigns.models import Message
from retention_site.lib.processes.programs import Program, manage
from tests.faults.checker import check
from tests.faults.forks import Fork, in_processes
from tests.sending import LEASE_SECONDS, eventually, make_send, states, taken

pytestmark = pytest.mark.django_db(transaction=True)
SLOW_SINKS = Program("sinks", [sys.executable, "-m", "tests.faults.misbehaving_sinks"])
N = 40


def is_done(run) -> bool:
    return not Message.objects.live().filter(run=run).exists()


def finish(run) -> None:
    """Let sweeps and a healthy worker do the rest."""

    def step() -> None:
        tasks.sweep_messages()
        send.drain("bulk")

    assert eventually(lambda: is_done(run), 15, step), states(run)


def ends_after(name: str, monkeypatch) -> None:
    """Make this process end right after a step of the sender, as a kill would."""
    step = getattr(send, name)

    def last(*arguments, **options):
        answer = step(*arguments, **options)
        if name == "claim" and not answer.messages:
            return answer
        os._exit(9)

    monkeypatch.setattr(send, name, last)


@pytest.mark.parametrize("step", ["claim", "prepare", "intend", "_outcomes", "record"])
def test_a_worker_that_ends_right_after_a_step_loses_and_doubles_nothing(
    step, local_sinks, monkeypatch
):
    run = make_send(N)
    with monkeypatch.context() as patch:
        ends_after(step, patch)
        in_processes([lambda: send.drain("bulk")] * 2)
    left = states(run)
    finish(run)
    assert check(ports.folder().parent, [run]) == {"sent": N}
    if step in ("intend", "_outcomes"):
        assert left == {"sending": N}, "two groups of twenty were on their way"


def test_without_a_lookup_what_was_on_its_way_is_for_a_person_to_decide(
    local_sinks, monkeypatch, settings
):
    settings.EMAIL_URL = f"smtp://127.0.0.1:{local_sinks.smtp}"
    run = make_send(N)
    with monkeypatch.context() as patch:
        ends_after("_outcomes", patch)
        in_processes([lambda: send.drain("bulk")])
    finish(run)
    counts = check(ports.folder().parent, [run])
    assert counts == {"unknown": send.CAREFUL_GROUP, "sent": N - send.CAREFUL_GROUP}
    reasons = set(
        Message.objects.filter(state="unknown").values_list("reason", flat=True)
    )
    assert reasons == {
        "nobody can say whether it arrived: the worker ended without telling"
    }


def test_a_worker_stopped_past_its_lease_sends_nothing_more(launch):
    sinks = launch(SLOW_SINKS, {"FAULT_DELAY": "0.02"})
    assert eventually(lambda: "listening" in sinks.said(), 20), sinks.said()
    run = make_send(N)
    worker = Fork(lambda: send.drain("bulk"))
    worker.go()
    assert eventually(taken, 5)
    worker.send(signal.SIGSTOP)
    time.sleep(LEASE_SECONDS + 0.2)
    sweep.sweep()
    time.sleep(0.3)
    sweep.sweep()
    send.drain("bulk")
    worker.send(signal.SIGCONT)
    worker.answer()
    finish(run)
    assert check(ports.folder().parent, [run]) == {"sent": N}


def test_a_database_that_throws_every_session_out(launch):
    sinks = launch(SLOW_SINKS, {"FAULT_DELAY": "0.01"})
    workers = [launch(Program(f"work{n}", manage("work", "--poll"))) for n in range(2)]
    assert eventually(lambda: "listening" in sinks.said(), 20), sinks.said()
    for worker in workers:
        assert eventually(lambda worker=worker: "Working." in worker.said(), 20), (
            worker.said()
        )
    run, rng = make_send(200), random.Random(7)
    n_times = 0
    while n_times < 8 and not is_done(run):
        throw_out_everybody()
        n_times += 1
        time.sleep(rng.uniform(0.05, 0.3))
    assert n_times >= 4, "the test means to meet workers at work"
    assert eventually(lambda: is_done(run), 15, tasks.sweep_messages), states(run)
    assert check(ports.folder().parent, [run]) == {"sent": 200}


def throw_out_everybody() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
