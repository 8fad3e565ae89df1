"""How long one waits: the servers alone, then `make run` on an empty shop until a page
is served and all is up.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

from benchmarks.figures import Figure
from retention_site.lib import embedded
from retention_site.lib.processes.identity import wait_until

WORKERS = ("jobs", "send")
PROCESSES = [sys.executable, "-m", "retention_site.lib.processes"]


def measure() -> Iterator[Figure]:
    """Yield seconds for first start, finding running servers, restart, first page and
    everything up.
    """
    yield Figure(
        "servers, first start of an empty shop", _seconds(embedded.ensure), "s"
    )
    yield Figure("servers, found running", _seconds(embedded.ensure) * 1000, "ms")
    embedded.stop()
    yield Figure("servers, started again", _seconds(embedded.ensure), "s")
    embedded.stop()
    yield from _serve("first run: migrations and all")
    yield from _serve("run again")


def _serve(what: str) -> Iterator[Figure]:
    port, said_before = _free_port(), _n_ready()
    began = time.monotonic()
    process = subprocess.Popen(
        [*PROCESSES, "run"],
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _answers(port), 120, every=0.05)
        yield Figure(f"{what}: login page served", time.monotonic() - began, "s")
        wait_until(lambda: _n_ready() == said_before + len(WORKERS), 120, every=0.05)
        yield Figure(f"{what}: workers take tasks", time.monotonic() - began, "s")
    finally:
        seconds = _seconds(lambda: (process.terminate(), process.wait()))
    yield Figure(f"{what}: ended", seconds, "s")


def _n_ready() -> int:
    """How often a worker has said, ever, that it takes tasks."""
    logs = [embedded.place().logs / f"{name}.log" for name in WORKERS]
    return sum(log.read_text().count(" ready.") for log in logs if log.exists())


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/admin/login/", timeout=5
        ) as response:
            return response.status == 200
    except OSError:
        return False


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
