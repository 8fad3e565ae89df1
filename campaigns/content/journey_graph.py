"""The steps of a journey as places and ways between them. Pure.

Places are numbered so that every way leads forwards: what can't go round in a circle
can't send one mail 11,500 times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Any

from campaigns.content.journey_steps import Step, branches, kind_of, paths, walk
from campaigns.content.mapping_reader import BadCampaign

GOES_ON = "done"


@dataclass(frozen=True)
class Place:
    """One step: what it does, and where each outcome leads (None: the journey's end)."""

    number: int
    key: str
    kind: str
    says: Any
    ways: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    places: tuple[Place, ...]

    @cached_property
    def by_key(self) -> dict[str, Place]:
        return {place.key: place for place in self.places}

    @cached_property
    def message_places(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.kind == "message")

    def reachable(self, start: int) -> set[int]:
        """Return the places to which somebody at a place may still come, itself
        included.
        """
        reached = {start}
        for place in self.places[start:]:
            if place.number in reached:
                reached |= {way for way in place.ways.values() if way is not None}
        return reached


def graph_of(steps: Sequence[Step]) -> Graph:
    """Number the steps and lay the ways; raise `BadCampaign` for a way that leads
    nowhere, back or round in a circle.
    """
    numbers = {step["key"]: n for n, step in enumerate(walk(list(steps)))}
    places: dict[int, Place] = {}
    try:
        _lay(steps, None, numbers, places)
    except _BadWay as error:
        where = paths(list(steps))[error.step]
        raise BadCampaign(f"{where}.go_to: {error.words}") from None
    return Graph(tuple(places[n] for n in sorted(places)))


def unreachable(graph: Graph) -> list[str]:
    """Return the keys of steps to which no way leads."""
    reached = graph.reachable(0)
    return [place.key for place in graph.places if place.number not in reached]


class _BadWay(Exception):
    def __init__(self, step: str, words: str) -> None:
        self.step, self.words = step, words


def _lay(
    steps: Sequence[Step],
    after: int | None,
    numbers: Mapping[str, int],
    places: dict[int, Place],
) -> None:
    """Lay the ways of a list; its last step leads to ``after``."""
    for step, following in zip_longest(steps, steps[1:]):
        key, kind = step["key"], kind_of(step)
        number = numbers[key]
        onward = numbers[following["key"]] if following else after
        ways: dict[str, int | None] = {}
        for outcome, branch in branches(step):
            ways[outcome] = numbers[branch[0]["key"]] if branch else onward
            _lay(branch, onward, numbers, places)
        if not ways:
            ways[GOES_ON] = _onward(step, number, onward, numbers)
        places[number] = Place(number, key, kind, step[kind], ways)


def _onward(
    step: Step, number: int, onward: int | None, numbers: Mapping[str, int]
) -> int | None:
    kind = kind_of(step)
    if kind == "end":
        return None
    if kind != "go_to":
        return onward
    target = numbers.get(step["go_to"])
    if target is None:
        raise _BadWay(step["key"], f"there is no step {step['go_to']!r}.")
    if target <= number:
        raise _BadWay(
            step["key"],
            f"{step['go_to']!r} comes before it; a journey only goes forwards.",
        )
    return target
