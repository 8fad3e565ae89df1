"""The programs of one shop, one line each: what runs, on which queue, with how many
processes.
"""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from retention_site.lib.processes import machine
from retention_site.lib.processes.address import HERE

ROOT = Path(__file__).resolve().parents[3]
# a job's process that has grown past this is replaced after its job: models stay in
# memory otherwise
JOBS_MIB = 1500
# niceness: whoever waits for a page or for a triggered message comes first
LEARNING, SENDING = 10, 5


@dataclass(frozen=True)
class Program:
    """A program that the supervisor keeps running."""

    name: str
    command: list[str]
    grace_s: float = 10.0  # how long it may take to finish what it has in hand
    environment: dict[str, str] = field(default_factory=dict)
    # the higher, the more it steps back when the processor is wanted by others
    niceness: int = 0


def manage(*words: str) -> list[str]:
    """Return the command line of a management command."""
    return [sys.executable, str(ROOT / "manage.py"), *words]


def web(
    port: int, workers: int = 2, host: str = HERE, counts: Path | None = None
) -> Program:
    """Serve the site: the admin, the API, the public pages; its processes count
    together in the folder `counts`.
    """
    command = [
        sys.executable,
        "-m",
        "granian",
        "retention_site.server:application",
        "--interface",
        "rsgi",
        "--no-ws",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--loop",
        "asyncio",
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "5",
        "--log-level",
        "warning",
    ]
    return Program(
        "web",
        command,
        environment={"PROMETHEUS_MULTIPROC_DIR": str(counts)} if counts else {},
    )


def worker(
    name: str, queues: str, processes: int, *options: str, niceness: int = 0
) -> Program:
    """Work on queues, in so many processes. Nothing is remembered between workers: rows
    carry the work.
    """
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "retention_site",
        "worker",
        "-n",
        f"{name}@%h",
        "-Q",
        queues,
        "-P",
        "prefork",
        "-c",
        str(processes),
        "-l",
        "INFO",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
        *options,
    ]
    return Program(name, command, niceness=niceness)


def beat() -> Program:
    """Fire the sweeps of retention_site.schedule. It remembers nothing: they are
    idempotent, schedules are rows.
    """
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "retention_site",
        "beat",
        "-S",
        "celery.beat:Scheduler",
        "--pidfile",
        "",
    ]
    # Django's checks load every page: a hundred megabytes for what only tells the time
    return Program("beat", command, environment={"CELERY_SKIP_CHECKS": "1"})


def sinks() -> Program:
    """Receive what is sent while no provider is set: mail, text messages, push,
    webhooks.
    """
    return Program("sinks", manage("sinks"))


def shop(port: int, host: str = HERE, counts: Path | None = None) -> list[Program]:
    """Return every program of a shop, in the order in which they start."""
    has_providers = all(
        os.environ.get(name) for name in ("EMAIL_URL", "SMS_URL", "PUSH_URL")
    )
    n = machine.counts(os.environ)
    return [
        web(port, n["web"], host=host, counts=counts),
        *([] if has_providers else [sinks()]),
        worker(
            "jobs",
            "jobs",
            n["jobs"],
            "--max-memory-per-child",
            str(JOBS_MIB * 1024),
            niceness=LEARNING,
        ),
        worker("send", "send,sweep", n["send"], niceness=SENDING),
        worker("triggered", "triggered", n["triggered"]),
        beat(),
    ]
