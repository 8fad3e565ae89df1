"""How many wrong tries somebody has: guessing is slow, and a broken client doesn't keep
the database busy.

Counted in each process, in memory: a right try costs nothing more.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic

import structlog

log = structlog.get_logger(__name__)
WINDOW_SECONDS = 60.0
MOST_KNOWN = 10_000


class WrongTries:
    """Wrong tries at one thing, by who makes them."""

    def __init__(self, what: str, most: int) -> None:
        self.what, self.most = what, most
        # who: since when, how many
        self._wrong: dict[str, tuple[float, int]] = {}
        self._lock = Lock()

    def seconds_to_wait(self, who: str) -> int:
        """Return how long nothing new is tried for them; 0 where they may."""
        since, n = self._wrong.get(who, (0.0, 0)) if self._wrong else (0.0, 0)
        left = since + WINDOW_SECONDS - monotonic()
        return int(left) + 1 if n >= self.most and left > 0 else 0

    def note(self, who: str) -> None:
        """Count one wrong try."""
        moment = monotonic()
        with self._lock:
            since, n = self._wrong.pop(who, (moment, 0))
            if moment - since >= WINDOW_SECONDS:
                since, n = moment, 0
            if len(self._wrong) >= MOST_KNOWN:  # the one that was quiet for longest
                self._wrong.pop(next(iter(self._wrong)))
            self._wrong[who] = since, n + 1
        if n + 1 == self.most:
            log.warning("wrong tries", what=self.what, who=who, n=self.most)

    def forget(self) -> None:
        """Forget all that was counted."""
        self._wrong.clear()
