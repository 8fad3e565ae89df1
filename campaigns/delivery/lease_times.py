"""How long things may take: leases by the database's clock, their margins by this
process's monotonic one.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

SAFE_SHARE = 0.6  # of the lease: nothing new leaves later than this
# of the lease: how long a provider may take to answer, so that it ends inside the lease
ANSWER_SHARE = 0.3
# of the lease: how long an uncertain message rests before anyone asks about it
GRACE_SHARE = 0.1
LONGEST_WAIT_SECONDS = 3600.0
MOST_TRIES = 8  # numeric temporary refusals before giving up


@dataclass(frozen=True)
class Timing:
    """All spans that follow from the length of a lease, in seconds."""

    lease: float
    first_wait: float

    @property
    def safe(self) -> float:
        return self.lease * SAFE_SHARE

    @property
    def answer(self) -> float:
        return self.lease * ANSWER_SHARE

    @property
    def grace(self) -> float:
        return self.lease * GRACE_SHARE

    def wait(self, n_tries: int) -> timedelta:
        """Return the pause before the next try: doubling, at most an hour."""
        return timedelta(
            seconds=min(
                LONGEST_WAIT_SECONDS, self.first_wait * 2 ** min(n_tries - 1, 20)
            )
        )


def timing() -> Timing:
    return Timing(settings.SEND_LEASE_SECONDS, settings.SEND_RETRY_SECONDS)
