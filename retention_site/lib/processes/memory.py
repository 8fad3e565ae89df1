"""How much memory a shop takes: every process of it together, shared pages counted
once.
"""

import time
from dataclasses import dataclass, field

from retention_site.lib.processes.identity import HAS_PROC, PROC, session_of
from retention_site.lib.processes.records import Records

LOOK_EVERY_S = 2.0


@dataclass
class Peak:
    """The moment at which the shop took most."""

    records: Records
    mib: dict[str, float] = field(default_factory=dict)  # by program, at that moment
    _looked_at: float = 0.0

    @property
    def total_mib(self) -> float:
        return sum(self.mib.values())

    def look(self) -> None:
        """Measure now, unless that was done a moment ago; does nothing where the system
        does not tell.
        """
        if not HAS_PROC or time.monotonic() - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = time.monotonic()
        now = {
            name: sum(_mib(one.pid) for one in session_of(leader))
            for name, leader in self.records.all()
        }
        if sum(now.values()) > self.total_mib:
            self.mib = now

    def say(self) -> str:
        """Return one line for a person."""
        parts = sorted(self.mib.items(), key=lambda part: -part[1])
        return f"Peak memory {self.total_mib:,.0f} MiB: " + ", ".join(
            f"{name} {mib:,.0f}" for name, mib in parts
        )


def _mib(pid: int) -> float:
    """Return the proportional set size of a process: its own pages and its share of
    those it shares.
    """
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next(
        (int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0
    )
