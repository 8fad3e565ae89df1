"""How much memory this machine, or the container around the process, may use."""

from __future__ import annotations

import os
from pathlib import Path

MIB = 1024 * 1024
# version 2 of control groups, then version 1
LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def limit_mib() -> int:
    """Return the smaller of the machine's memory and the container's limit, in MiB."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *filter(None, map(_limit, LIMITS))]) // MIB


def _limit(path: Path) -> int | None:
    try:
        words = path.read_text().strip()
    except OSError:
        return None
    return int(words) if words.isdigit() else None  # "max" is no limit
