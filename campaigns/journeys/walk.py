"""Move enrolments through the steps that are due, a whole chain in one claim.

Customers stand at places; places are walked in their order, so that everybody who is at
one is moved on together, by set. What can't go on is parked with the time at which it
is looked at again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.content.journey_graph import GOES_ON, Place
from campaigns.journeys import event_waits, exits, tokens
from campaigns.journeys.definition import Journey
from campaigns.journeys.event_waits import Asked
from campaigns.journeys.tokens import Move, Parked, Passed


@dataclass
class Walk:
    """One claim's customers of one version, and what becomes of them."""

    journey: Journey
    now: datetime
    passed: list[Passed] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    waits: list[Asked] = field(default_factory=list)
    ended: list[tuple[int, str]] = field(default_factory=list)
    _at: dict[int, list[Move]] = field(default_factory=lambda: defaultdict(list))

    def run(self, moves: Sequence[Move], kinds: Mapping[str, type[Kind]]) -> None:
        """Move everybody as far as they go, then write all of it."""
        leaving = exits.reasons(self.journey, moves, self.now)
        for move in moves:
            if reason := leaving.get(move.enrolment):
                self.ended.append((move.enrolment, reason))
            else:
                self._at[move.place].append(move)
        for place in self.journey.graph.places:
            if here := self._at.pop(place.number, []):
                kind = kinds[place.kind](self, place)
                waited = [one for one in here if one.is_parked]
                if waited:
                    kind.resume(waited)
                if len(waited) < len(here):
                    kind.arrive([one for one in here if not one.is_parked])
        tokens.note(self.passed)
        tokens.put(self.parked)
        event_waits.wait_for(self.waits)
        tokens.end(self.ended, self.now)
        exits.call_back([one for one in moves if one.enrolment in leaving], self.now)

    def go_on(self, move: Move, outcome: str = GOES_ON) -> None:
        """Note a step as passed and lead the customer to where its outcome leads."""
        place = self.journey.graph.places[move.place]
        self.passed.append(
            Passed(
                move.enrolment,
                move.visit,
                move.version,
                place.number,
                outcome,
                self.now,
            )
        )
        move.visit, move.is_parked, move.arrived_at = move.visit + 1, False, self.now
        onward = place.ways[outcome if outcome in place.ways else GOES_ON]
        if onward is None:
            self.ended.append(
                (move.enrolment, place.says if place.kind == "end" else exits.END)
            )
        else:
            move.place = onward
            self._at[onward].append(move)

    def park(
        self, move: Move, until: datetime, *, zone: str = "", asked: Asked | None = None
    ) -> None:
        """Leave a customer at this place until a time, or until an event comes."""
        move.is_parked = True
        self.parked.append(Parked(move, until, zone=zone))
        if asked:
            self.waits.append(asked)


@dataclass
class Kind:
    """How one kind of step treats those who come to it and those who waited there."""

    walk: Walk
    place: Place

    def arrive(self, moves: Sequence[Move]) -> None:
        raise NotImplementedError

    def resume(self, moves: Sequence[Move]) -> None:
        """Look again at those who were parked here: the wait may be over or not."""
        self.arrive(moves)
