"""A worker without Celery: `manage.py work` is woken by the database, `manage.py work
--poll` only looks.
"""

import signal
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import psycopg
import structlog
from django.core.management.base import CommandParser
from django.db import InterfaceError, OperationalError, connection

from campaigns import tasks
from campaigns.delivery import claim
from profiles import jobs
from retention_site.lib.commands import RapportCommand
from retention_site.lib.wake import CHANNEL
from retention_site.schedule import BEAT_SCHEDULE

log = structlog.get_logger(__name__)
LOOK_EVERY_SECONDS = 0.5
# at most, when woken by NOTIFY: sweeps have their time, and a lost connection shows
ASLEEP_SECONDS = 2.0


class Command(RapportCommand):
    help = (
        "Do all work in this one process: send, process webhooks, run jobs, sweep."
        " Needs no Redis and no beat."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--poll",
            action="store_true",
            help="look every half second instead of being woken",
        )

    def work(self, *, poll: bool, **_options: Any) -> dict[str, Any]:
        ending = _Ending()
        steps = [*STEPS, *(Sweep(entry).when_due for entry in BEAT_SCHEDULE.values())]
        threading.Thread(target=_work_jobs, args=(ending,), daemon=True).start()
        rest = _look_again if poll else _Listener().rest
        self.stderr.write("Working.")
        n_rounds = 0
        while not ending.asked:
            n_rounds += 1
            for step in steps:
                if not ending.asked:
                    _try(step)
            rest()
        return {"rounds": n_rounds}


class Sweep:
    """One line of the beat table, done in this process."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.task: str = entry["task"]
        self.every: float = entry["schedule"]
        self.due_at = 0.0

    def when_due(self) -> None:
        """Run it when its time has come."""
        known = _tasks()
        if time.monotonic() >= self.due_at and self.task in known:
            self.due_at = time.monotonic() + self.every
            known[self.task]()


class _Ending:
    """Whether someone asked this process to end; what is in hand is finished first."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, *_signal: object) -> None:
        self.asked = True


class _Listener:
    """Sleeps until the database says that there is work."""

    def __init__(self) -> None:
        self.listening: psycopg.Connection[Any] | None = None

    def rest(self) -> None:
        try:
            if self.listening is None:
                self.listening = psycopg.connect(
                    **connection.get_connection_params(), autocommit=True
                )
                self.listening.execute(f"LISTEN {CHANNEL}")
                return  # what came before we listened is looked for at once
            for _ in self.listening.notifies(timeout=ASLEEP_SECONDS, stop_after=1):
                pass
        except psycopg.Error:
            self.listening = None
            time.sleep(LOOK_EVERY_SECONDS)


@cache
def _tasks() -> Mapping[str, Callable[[], object]]:
    app = import_module("retention_site.celery").app
    app.loader.import_default_modules()
    return app.tasks


def _look_again() -> None:
    time.sleep(LOOK_EVERY_SECONDS)


def _work_jobs(ending: _Ending) -> None:
    """Jobs run beside sending: they may take hours."""
    while not ending.asked:
        _try(lambda: jobs.work("manage.py work", stops=lambda: ending.asked))
        time.sleep(LOOK_EVERY_SECONDS)


def _try(step: Callable[[], object]) -> None:
    try:
        step()
    except (OperationalError, InterfaceError) as error:
        log.warning("the database is away", error=str(error))
        connection.close()
    except Exception:
        log.exception("a step failed; the next round tries again")


STEPS: tuple[Callable[[], object], ...] = (
    tasks.process_webhooks,
    tasks.start_occasions,
    tasks.move_journeys,
    lambda: tasks.send_due(claim.TRIGGERED),
    lambda: tasks.send_due(claim.BULK),
)
