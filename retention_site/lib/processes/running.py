"""Start one program in a session of its own, with its log and its pid file, and end it
with all its children.
"""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from retention_site.lib.processes.identity import Identity, end
from retention_site.lib.processes.programs import ROOT, Program
from retention_site.lib.processes.records import Records

LOG_BYTES = 20_000_000  # a log larger than this is put aside


@dataclass
class Running:
    """A program that was started here."""

    program: Program
    process: subprocess.Popen[bytes]
    identity: Identity | None
    log: Path
    said_from: int  # bytes already in the log when it started

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def said(self) -> str:
        """Return what this run wrote to its log."""
        with self.log.open("rb") as handle:
            # it may begin anew
            handle.seek(
                self.said_from if self.log.stat().st_size >= self.said_from else 0
            )
            return handle.read().decode(errors="replace")

    def stop(self, records: Records) -> None:
        """End the program and everything it started."""
        stop_all([self], records)


def start(
    program: Program,
    records: Records,
    logs: Path,
    environment: dict[str, str] | None = None,
) -> Running:
    """Start a program; a key press in our terminal does not reach it, we end it
    ourselves.
    """
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{program.name}.log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as handle:
        said_from = handle.tell()
        process = subprocess.Popen(
            program.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
            umask=0o077,  # what it writes into DATA_DIR concerns customers
            env={
                **(environment or os.environ),
                "PYTHONUNBUFFERED": "1",
                **program.environment,
            },
        )
    if program.niceness:
        _lower(process.pid, program.niceness)
    return Running(
        program, process, records.write(program.name, process.pid), log, said_from
    )


def put_large_logs_aside(logs: Path) -> None:
    """Copy each log that has grown large and begin it anew: its writers append, so they
    go on where it ends now.
    """
    for log in logs.glob("*.log"):
        with suppress(OSError):  # a full disk: the log is cut all the same
            if log.stat().st_size > LOG_BYTES:
                try:
                    shutil.copyfile(log, log.with_suffix(".log.1"))
                finally:
                    os.truncate(log, 0)


def _lower(pid: int, niceness: int) -> None:
    """Let others go first, also where Linux shares time by session, which has a
    niceness of its own (sched(7)).
    """
    os.setpriority(os.PRIO_PROCESS, pid, niceness)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))


def stop_all(running: list[Running], records: Records) -> None:
    """End programs together: all are asked at once, so that the slowest alone decides
    how long it takes.
    """
    identities = [one.identity for one in running if one.identity is not None]
    grace = max((one.program.grace_s for one in running), default=0.0)
    end(identities, first=signal.SIGTERM, grace=grace)
    for one in running:
        one.process.wait()
        records.forget(one.program.name)
