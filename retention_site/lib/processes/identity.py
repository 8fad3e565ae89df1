"""Name a process so that no other one can ever be mistaken for it: its id together with
the moment it started.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "stat").exists()


@dataclass(frozen=True)
class Identity:
    """One process for ever: ids are used again after it ends, the pair of id and start
    is not.
    """

    pid: int
    started: str


@dataclass(frozen=True)
class _Row:
    """What the system says of one process."""

    pid: int
    session: int
    started: str
    is_zombie: bool


@cache
def _boot() -> str:
    path = PROC / "sys/kernel/random/boot_id"
    return path.read_text().strip()[:8] if path.exists() else ""


def _from_proc(pid: int) -> _Row | None:
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # the name may hold spaces; what follows it starts with the state
    fields = text.rpartition(")")[2].split()
    return _Row(pid, int(fields[3]), f"{_boot()}:{fields[19]}", fields[0] in "ZX")


def _from_ps(pid: int) -> _Row | None:
    command = ["ps", "-o", "sess=,stat=,lstart=", "-p", str(pid)]
    words = subprocess.run(
        command, capture_output=True, text=True, check=False
    ).stdout.split()
    if len(words) < 3:
        return None
    return _Row(pid, os.getsid(pid), " ".join(words[2:]), words[1].startswith("Z"))


def _row(pid: int) -> _Row | None:
    return _from_proc(pid) if HAS_PROC else _from_ps(pid)


def identify(pid: int) -> Identity | None:
    """Return who runs under this id now, or None when nobody does."""
    row = _row(pid) if pid > 0 else None
    return None if row is None or row.is_zombie else Identity(pid, row.started)


def is_alive(identity: Identity | None) -> bool:
    """Say whether this very process still runs; a zombie does not."""
    return identity is not None and identify(identity.pid) == identity


def send(identity: Identity, number: int) -> bool:
    """Signal this very process and nobody else; say whether it was still there."""
    try:
        handle = os.pidfd_open(identity.pid) if hasattr(os, "pidfd_open") else None
    except OSError:
        return False
    try:
        # asked after the handle is held, so the id can't change hands in between
        if not is_alive(identity):
            return False
        if handle is None:
            os.kill(identity.pid, number)
        else:
            signal.pidfd_send_signal(handle, number)
        return True
    except ProcessLookupError:
        return False
    finally:
        if handle is not None:
            os.close(handle)


def session_of(leader: Identity) -> list[Identity]:
    """Return this process if it lives, and every other living one of the session that
    it leads or led.
    """
    current = identify(leader.pid)
    if current is not None and current != leader:
        # the id belongs to somebody else now, and so does the session of that number
        return []
    rows = (
        [
            _from_proc(int(entry.name))
            for entry in PROC.iterdir()
            if entry.name.isdigit()
        ]
        if HAS_PROC
        else []
    )
    others = [
        Identity(r.pid, r.started)
        for r in rows
        if r and r.session == leader.pid and not r.is_zombie
    ]
    return ([current] if current else []) + [
        other for other in others if other.pid != leader.pid
    ]


def wait_until(
    condition: Callable[[], bool], seconds: float, every: float = 0.02
) -> bool:
    """Wait until the condition holds; say whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def end(
    leaders: Iterable[Identity], first: int = signal.SIGTERM, grace: float = 10.0
) -> list[Identity]:
    """Ask these processes to stop, wait, then kill what is left of their sessions;
    return what had to be killed.
    """
    leaders = list(leaders)
    for leader in leaders:
        send(leader, first)
    wait_until(lambda: not any(is_alive(leader) for leader in leaders), grace)
    left = [member for leader in leaders for member in session_of(leader)]
    for member in left:
        send(member, signal.SIGKILL)
    wait_until(lambda: not any(is_alive(member) for member in left), 5.0)
    return left
