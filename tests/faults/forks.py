"""Work in real processes with database connections of their own, forked so that they
start at once.
"""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from collections.abc import Callable
from typing import Any

from django.db import connection


class Fork:
    """One forked process; it waits until it is let go."""

    def __init__(self, work: Callable[[], Any]) -> None:
        go_read, self._go = os.pipe()
        self._answer, answer_write = os.pipe()
        ready, ready_write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._go)
            _run(work, ready_write, go_read, answer_write)
        for end in (go_read, answer_write, ready_write):
            os.close(end)
        os.read(ready, 1)
        os.close(ready)

    def go(self) -> None:
        # closing would tell nothing: later forks hold this end too
        os.write(self._go, b"g")
        os.close(self._go)

    def answer(self) -> Any:
        """Wait for the end; return what the work returned, raise what it raised. None
        after a kill.
        """
        with os.fdopen(self._answer, "rb") as file:
            said = file.read()
        os.waitpid(self.pid, 0)
        if not said:
            return None
        is_good, value = pickle.loads(said)  # noqa: S301  from our own fork
        if not is_good:
            raise AssertionError(value)
        return value

    def send(self, number: int) -> None:
        os.kill(self.pid, number)


def in_processes(works: list[Callable[[], Any]]) -> list[Any]:
    """Do all works at the same time, each in a process of its own; return their answers
    in order.
    """
    forks = [Fork(work) for work in works]
    for fork in forks:
        fork.go()
    return [fork.answer() for fork in forks]


def _run(work: Callable[[], Any], ready: int, go: int, answer: int) -> None:
    kept = connection.connection  # closing it here would end the parent's session
    connection.connection = None
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        connection.ensure_connection()
        os.close(ready)
        os.read(go, 1)
        said = (True, work())
    except BaseException:
        said = (False, traceback.format_exc())
    os.write(answer, pickle.dumps(said))
    del kept
    os._exit(0)
