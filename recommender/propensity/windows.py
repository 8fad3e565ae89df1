"""Which moments a model learns from: pure dates. A snapshot sees what happened before
it, its label what came after.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_FIT = 8  # snapshots that a model is fitted on; older ones tell of another time
LEAST_DAYS = 7  # a shorter horizon says nothing of a longer one
STEP_DAYS = 30  # between the snapshots of a fit: monthly


class TooLittleHistory(ValueError):
    """The shop's history is too short for windows that do not overlap."""


@dataclass(frozen=True)
class Plan:
    """Snapshots whose label windows ``[t, t + horizon)`` of fit, calibration and test
    do not touch each other.
    """

    horizon: timedelta
    fit: tuple[datetime, ...]  # oldest first
    calibrate: datetime
    # None in the plan of the model that is put to use: it learns from every closed
    # window
    test: datetime | None

    @property
    def snapshots(self) -> tuple[datetime, ...]:
        return (*self.fit, self.calibrate, *([self.test] if self.test else []))

    def dates(self) -> dict[str, list[str]]:
        """Give from when to when the labels of each step lie, for the card."""
        ends = {"fit": (self.fit[0], self.fit[-1]), "calibrate": (self.calibrate,) * 2}
        if self.test:
            ends["test"] = (self.test,) * 2
        return {
            step: [a.isoformat(), (b + self.horizon).isoformat()]
            for step, (a, b) in ends.items()
        }


def plan(
    first_event: datetime, as_of: datetime, horizon_days: int, *, with_test: bool = True
) -> Plan:
    """Choose the snapshots as of a time: the newest closed window tests (or
    calibrates), the one before calibrates.

    The first snapshot has at least one horizon of history before it. Raise
    `TooLittleHistory`.
    """
    horizon = timedelta(days=horizon_days)
    newest = as_of - horizon
    calibrate = newest - horizon if with_test else newest
    last_fit, step = calibrate - horizon, timedelta(days=min(STEP_DAYS, horizon_days))
    fit = [last_fit - n * step for n in range(MAX_FIT)]
    fit = [moment for moment in fit if moment >= first_event + horizon]
    if not fit:
        windows = 4 if with_test else 3
        raise TooLittleHistory(
            f"the history starts on {first_event:%Y-%m-%d}: {windows} windows of"
            f" {horizon_days} days do not fit before {as_of:%Y-%m-%d}"
        )
    return Plan(horizon, tuple(reversed(fit)), calibrate, newest if with_test else None)


def longest(first_event: datetime, as_of: datetime) -> int:
    """Return the longest horizon, in days, whose four windows fit into the history."""
    return (as_of - first_event) // timedelta(days=4)
