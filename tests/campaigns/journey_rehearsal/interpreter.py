"""A plain interpreter of journeys over a list of events: one customer after another, no
SQL. What the rehearsal is held against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from campaigns.content.journey_graph import Graph, Place
from campaigns.content.journey_steps import EACH, NEVER, WEEKDAYS
from campaigns.content.model import Content
from campaigns.content.triggers import span
from campaigns.planning.send_time import next_at

Visits = list[tuple[str, datetime, datetime | None, str]]


class Happened(NamedTuple):
    """An event, and which cart it is about."""

    customer: int
    kind: str
    at: datetime
    cart: str


@dataclass
class Way:
    """One run: its visits (step, arrived, left, outcome), and when it was over."""

    customer: int
    value: str
    entered: datetime
    visits: Visits = field(default_factory=list)
    ended: datetime | None = None
    reason: str = ""


@dataclass
class Interpreter:
    """Facts of a shop, and what rules and lots say."""

    content: Content
    graph: Graph
    events: Sequence[Happened]
    zones: Mapping[int, ZoneInfo]
    ends: datetime
    fits: Callable[[Mapping[str, Any], int, datetime], bool]
    arm: Callable[[Place, int], str]
    refused: dict[str, int] = field(default_factory=lambda: {"again": 0, "one": 0})

    def run(self) -> list[Way]:
        taken: list[Way] = []
        for way in sorted(self._door(), key=lambda one: (one.entered, one.value)):
            self._walk(way)
            own = [one for one in taken if one.customer == way.customer]
            if why := self._against(way, own):
                self.refused[why] += 1
            else:
                taken.append(way)
        return taken

    def _door(self) -> list[Way]:
        plan = self.content.trigger
        found, seen = [], set()
        for one in sorted(self.events, key=lambda one: one.at):
            value = one.cart if plan.key == "cart_id" else ""
            if one.kind in plan.events and (one.customer, value) not in seen:
                found.append(Way(one.customer, value, one.at))
                if value:
                    seen.add((one.customer, value))
        return found

    def _against(self, way: Way, own: Sequence[Way]) -> str:
        again = self.content.again
        if again == NEVER and own:
            return "again"
        if again not in (NEVER, EACH) and any(
            one.entered + span(again) > way.entered for one in own
        ):
            return "again"
        is_open = any(
            one.value == way.value and (one.ended or self.ends) > way.entered
            for one in own
        )
        return "one" if is_open else ""

    def _walk(self, way: Way) -> None:
        now, number = way.entered, 0
        if self._leaves(way, now):
            return
        while number is not None:
            place = self.graph.places[number]
            left, outcome = getattr(self, f"_{place.kind}", self._goes_on)(
                place, way, now
            )
            is_woken = place.kind in ("wait", "wait_until") and (left or now) > now
            if is_woken and self._leaves(way, left):
                way.visits.append((place.key, now, left, way.reason))
                return
            way.visits.append((place.key, now, left, outcome))
            if left is None:
                return
            now, number = left, place.ways[outcome]
        way.ended, way.reason = now, "end"

    def _leaves(self, way: Way, now: datetime) -> bool:
        leave = self.content.leave or {"goal": (), "same": "", "if": None}
        if leave["goal"]:
            cart = way.value or "none" if leave["same"] else ""
            reached = self._first(way.customer, leave["goal"], way.entered, cart)
            if reached and reached <= now:
                way.ended, way.reason = now, "goal reached"
        if leave["if"] and not way.ended and self.fits(leave["if"], way.customer, now):
            way.ended, way.reason = now, "left by rule"
        return way.ended is not None

    def _first(
        self, customer: int, names: Sequence[str], since: datetime, cart: str = ""
    ) -> datetime | None:
        return min(
            (
                one.at
                for one in self.events
                if one.customer == customer
                and one.kind in names
                and one.at > since
                and cart in ("", one.cart)
            ),
            default=None,
        )

    def _goes_on(self, _place: Place, _way: Way, now: datetime) -> Any:
        return now, "done"

    def _wait(self, place: Place, way: Way, now: datetime) -> Any:
        if "for" in place.says:
            until = now + span(place.says["for"])
        else:
            zone, at = self.zones[way.customer], time.fromisoformat(place.says["at"])
            days = {WEEKDAYS.index(one) for one in place.says["weekday"]}
            until = next_at(at, now, zone)
            while days and until.astimezone(zone).weekday() not in days:
                until = next_at(at, until + timedelta(minutes=1), zone)
        return (until, "done") if until < self.ends else (None, "")

    def _wait_until(self, place: Place, way: Way, now: datetime) -> Any:
        says = place.says
        until = now + span(says["at_most"])
        since = way.entered if says["since"] == "entry" else now
        cart = way.value or "none" if says["same"] else ""
        came = self._first(way.customer, says["event"], since, cart)
        if came and came <= until:
            return max(came, now), "happened"
        return (until, "in vain") if until < self.ends else (None, "")

    def _split(self, place: Place, way: Way, now: datetime) -> Any:
        fits = self.fits(place.says["if"], way.customer, now)
        return now, "yes" if fits else "no"

    def _test(self, place: Place, way: Way, now: datetime) -> Any:
        return now, self.arm(place, way.customer)
