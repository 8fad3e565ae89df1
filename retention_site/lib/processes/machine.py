"""How many processes a machine carries: by its processors and memory, or by the
environment. A container counts with what it was given.
"""

import os
from collections.abc import Mapping
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
# of a process of jobs while it learns, with what else the machine does meanwhile
MIB_OF_A_JOB = 3000


def processors() -> int:
    """Return how many processors this process may use."""
    seen = (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1
    )
    quota, _space, period = _read(CGROUP / "cpu.max").partition(" ")
    if quota.isdecimal() and period.isdecimal() and int(period):
        seen = min(seen, max(1, round(int(quota) / int(period))))
    return seen


def memory_mib() -> int:
    """Return how much memory this process may use."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    given = _read(CGROUP / "memory.max")
    return min(pages, int(given) if given.isdecimal() else pages) // 1024**2


def counts(environment: Mapping[str, str]) -> dict[str, int]:
    """Return how many processes each role runs."""
    n, memory = processors(), memory_mib() // MIB_OF_A_JOB
    return {
        "web": int(environment.get("WEB_PROCESSES") or _between(2, n // 2, 8)),
        "jobs": int(
            environment.get("JOBS_PROCESSES")
            or _between(1, min(max(2, n // 2), memory), 4)
        ),
        "send": int(environment.get("SEND_PROCESSES") or _between(2, n // 2, 8)),
        "triggered": int(
            environment.get("TRIGGERED_PROCESSES") or _between(1, n // 4, 4)
        ),
    }


def _between(low: int, wanted: int, high: int) -> int:
    return max(low, min(wanted, high))


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:  # no Linux, or no control groups of version 2
        return ""
