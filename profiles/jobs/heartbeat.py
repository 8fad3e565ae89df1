"""A running chunk's sign of life: a thread that prolongs the lease while the work goes
on.
"""

import re
import resource
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from .claims import Claim, extend
from .requests import say

log = structlog.get_logger(__name__)
SHOWN_SECONDS = 1.0  # progress reaches the database at most this late


class Interrupted(BaseException):
    """The chunk is no longer this worker's: cancelled, or given to another. Not an
    error of the work.
    """


class Heartbeat:
    """Beat while inside ``with``; call it with the share that is done."""

    def __init__(self, claimed: Claim) -> None:
        self.claimed, self.share, self.is_lost = claimed, 0.0, False
        self._ends = threading.Event()
        self._thread = threading.Thread(
            target=self._beat, daemon=True, name="heartbeat"
        )

    def __enter__(self) -> Self:
        forget_peak()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ends.set()
        self._thread.join()
        if not self.is_lost:
            extend(self.claimed, self.share, peak_mib())

    def __call__(self, share: float, words: str = "") -> None:
        """Note progress (0–1), and a line for the log; raise `Interrupted` when the
        chunk was taken away.
        """
        self.share = max(0.0, min(float(share), 1.0))
        if self.is_lost:
            raise Interrupted
        if words:
            say(self.claimed.chunk.job, words)

    def _beat(self) -> None:
        try:
            while (
                not self._ends.wait(min(SHOWN_SECONDS, settings.JOB_LEASE_SECONDS / 4))
                and not self.is_lost
            ):
                self._extend()
        finally:
            connection.close()  # this thread's own

    def _extend(self) -> None:
        try:
            self.is_lost = not extend(self.claimed, self.share, peak_mib())
        # the lease may survive a short outage: try again at the next beat
        except DatabaseError as error:
            log.warning(
                "heartbeat failed", chunk=self.claimed.chunk.pk, error=str(error)
            )
            connection.close()


def forget_peak() -> None:
    """Start measuring this process's peak memory anew, where the system lets us
    (Linux).
    """
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        log.debug("peak memory counts from the start of the process")


def peak_mib() -> float:
    """Return this process's peak resident memory in MiB since `forget_peak`."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    except OSError:
        found = None
    if found:
        return int(found[1]) / 1024

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
