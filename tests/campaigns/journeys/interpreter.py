"""A plain reading of what a journey means, one customer at a time and without a
database: what the engine must come to as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.content.journey_graph import Graph
from campaigns.content.triggers import span

Passed = tuple[str, str]


@dataclass(frozen=True)
class Told:
    """An event as the shop knows it: what happened when, and about which cart."""

    kind: str
    at: datetime
    cart: str


@dataclass
class Reading:
    """One enrolment's way, walked whenever somebody looks at the clock."""

    graph: Graph
    leave: dict[str, Any]
    cart: str
    entered_at: datetime
    arms: dict[str, str]  # of each test, by key
    place: int | None = 0
    arrived_at: datetime | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        self.diary: list[Passed] = []

    def look(self, events: Sequence[Told], now: datetime) -> None:
        """Go on as far as it goes at this moment."""
        if self.place is None:
            return
        self.arrived_at = self.arrived_at or now
        if self._came(events, self.leave["goal"], self.entered_at, now, same=True):
            self.place, self.reason = None, "goal reached"
            return
        while self.place is not None:
            step = self.graph.places[self.place]
            outcome = self._outcome(step.kind, step.says, step.key, events, now)
            if outcome is None:
                return
            self.diary.append((step.key, outcome))
            self.arrived_at = now
            self.place = step.ways[outcome if outcome in step.ways else "done"]
            if self.place is None:
                self.reason = step.says if step.kind == "end" else "end"

    def _outcome(
        self, kind: str, says: Any, key: str, events: Sequence[Told], now: datetime
    ) -> str | None:
        arrived = self.arrived_at or now
        if kind == "wait":
            return "done" if arrived + span(says["for"]) <= now else None
        if kind == "test":
            return self.arms[key]
        if kind != "wait_until":
            return "done"
        since = self.entered_at if says["since"] == "entry" else arrived
        until = arrived + span(says["at_most"])
        if self._came(events, says["event"], since, until, same=bool(says["same"])):
            return "happened"
        return "in vain" if until <= now else None

    def _came(
        self,
        events: Sequence[Told],
        kinds: Sequence[str],
        since: datetime,
        until: datetime,
        *,
        same: bool,
    ) -> bool:
        return any(
            one.kind in kinds
            and since < one.at <= until
            and (not same or one.cart == self.cart)
            for one in events
        )


MINUTE = timedelta(minutes=1)
