"""Rows 1 to 4: kill -9 of random workers while messages are on their way."""

import os
import random
import signal
import sys
from pathlib import Path

import pytest

from campaigns import tasks
from campaigns.delivery.sinks import ports
from campaigns.models import Attempt, Message
from retention_site.lib.processes.programs import Program
from tests.faults.checker import check
from tests.faults.sizes import at_both_sizes
from tests.sending import eventually, make_send

REDUCED, FULL = (80, 4), (400, 60)  # messages, kills
SLOW_SINKS = Program("sinks", [sys.executable, "-m", "tests.faults.misbehaving_sinks"])


@pytest.fixture
def slow_sinks(launch, is_full):
    # long enough for all the kills
    running = launch(SLOW_SINKS, {"FAULT_DELAY": "0.08" if is_full else "0.01"})
    assert eventually(lambda: "listening" in running.said(), 20), running.said()
    return ports.read()


@pytest.fixture
def seed() -> int:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # shown when the test fails
    return seed


def kill_at_random(worker, rng: random.Random) -> bool:
    """Kill one pool process of a Celery worker, as the kernel would."""
    pid = worker.process.pid
    children = [
        int(word)
        for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ]
    if not children:
        return False
    os.kill(rng.choice(children), signal.SIGKILL)
    return True


def is_done(run) -> bool:
    return not Message.objects.live().filter(run=run).exists()


def send_under_fire(run, worker, most: int, seed: int) -> int:
    """Kill while there is something to send; return the number of kills. Sweeps go on
    as the beat would fire them.
    """
    rng, n_kills = random.Random(seed), 0
    tasks.sweep_messages()
    while n_kills < most and not is_done(run):
        eventually(
            lambda: Message.objects.filter(run=run, state="sending").exists(),
            3,
            tasks.sweep_messages,
        )
        eventually(lambda: False, rng.uniform(0, 0.1))
        n_kills += kill_at_random(worker, rng)
    assert eventually(lambda: is_done(run), 60, tasks.sweep_messages), (
        "messages are left"
    )
    return n_kills


@at_both_sizes
@pytest.mark.parametrize(
    "provider", ["idempotency key", "hold", "must arrive", "lookup"]
)
def test_kill_9_of_random_workers(provider, is_full, slow_sinks, celery_workers, seed):
    n, most_kills = FULL if is_full else REDUCED
    channel = "sms" if provider == "idempotency key" else "email"
    plain = f"smtp://127.0.0.1:{slow_sinks.smtp}"
    extra = {"EMAIL_URL": plain} if provider in ("hold", "must arrive") else {}
    run = make_send(n, channel, must_arrive=provider == "must arrive")
    (worker,) = celery_workers("send", processes=2, **extra)
    with pytest.MonkeyPatch.context() as patch:
        if extra:
            patch.setattr("django.conf.settings.EMAIL_URL", plain)
        n_kills = send_under_fire(run, worker, most_kills, seed)
    counts = check(ports.folder().parent, [run])
    n_doubtful = Attempt.objects.filter(message__run=run, state="uncertain").count()
    print(f"{n_kills} kills, {n_doubtful} tries without an answer, {dict(counts)}")
    assert n_kills >= 2
    if provider == "hold":
        assert counts["unknown"] + counts["sent"] == n
        assert counts["unknown"] <= n_kills * 10, "at most one group for each kill"
    else:
        assert counts == {"sent": n}
