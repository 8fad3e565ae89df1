"""Keep the programs of one shop running, start again what dies, and end all of it
together.
"""

import os
import signal
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from retention_site.lib.processes.programs import Program
from retention_site.lib.processes.records import Records
from retention_site.lib.processes.running import (
    Running,
    put_large_logs_aside,
    start,
    stop_all,
)

LOOK_EVERY_S = 0.2
# a program that dies so often so fast will not come up by trying again
DEATHS, WITHIN_S = 5, 60.0
REST_S = 1.0
LOGS_EVERY_S = 10.0


class GaveUpError(Exception):
    """A program can't be kept running; the text is one sentence."""


@dataclass
class Supervisor:
    """Watches programs; everything it started ends when `stop` is called or the `with`
    block is left.
    """

    records: Records
    logs: Path
    look_after_servers: Callable[[], None] = lambda: None
    running: list[Running] = field(default_factory=list)
    is_ending: bool = False
    _looked_at_logs: float = 0.0
    _deaths: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def __enter__(self) -> "Supervisor":
        self.records.write("supervisor", os.getpid())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end_soon)
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self.records.forget("supervisor")

    def _end_soon(self, _number: int, _frame: FrameType | None) -> None:
        self.is_ending = True

    def start(self, programs: list[Program]) -> None:
        """Start programs and watch them from now on."""
        self.running += [
            start(program, self.records, self.logs) for program in programs
        ]

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything running until the condition holds or a signal asks to end."""
        while not self.is_ending and not until():
            self._keep_records()
            self.look_after_servers()
            self._start_again_what_died()
            self._put_large_logs_aside()
            time.sleep(LOOK_EVERY_S)

    def _keep_records(self) -> None:
        """Write again what somebody has cleaned away: without records the next stop
        would find nothing.
        """
        known = {"supervisor": os.getpid()} | {
            one.program.name: one.process.pid for one in self.running
        }
        for name, pid in known.items():
            if self.records.read(name) is None:
                self.records.write(name, pid)

    def _start_again_what_died(self) -> None:
        for place, one in enumerate(self.running):
            if one.has_ended and not self.is_ending:
                self._note_death(one)
                one.stop(self.records)  # its children may have outlived it
                time.sleep(REST_S)
                self.running[place] = start(one.program, self.records, self.logs)

    def _put_large_logs_aside(self) -> None:
        if time.monotonic() - self._looked_at_logs > LOGS_EVERY_S:
            self._looked_at_logs = time.monotonic()
            put_large_logs_aside(self.logs)

    def _note_death(self, one: Running) -> None:
        now, name = time.monotonic(), one.program.name
        deaths = self._deaths[name]
        deaths.append(now)
        while now - deaths[0] > WITHIN_S:
            deaths.popleft()
        if len(deaths) >= DEATHS:
            last = one.said().strip().splitlines()[-1:] or ["it said nothing"]
            raise GaveUpError(
                f"The {name} process ends again and again: {last[0]} (more in"
                f" {one.log})."
            )
        print(
            f"{name} (process {one.process.pid}) ended; it is started again.",
            file=sys.stderr,
            flush=True,
        )

    def stop(self) -> None:
        """End everything that was started here."""
        self.is_ending = True
        stop_all(self.running, self.records)
        self.running = []
