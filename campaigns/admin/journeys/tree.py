"""The drawn tree of a journey: steps one below the other, branches side by side that
join again. The same rows are the outline for the keyboard and for screen readers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from campaigns.admin.journeys.step_words import (
    icon_of,
    outcome_words,
    title_of,
    words_of,
)
from campaigns.content.journey_outline import ENDS, Document, keyed, kind_of, ways_of


@dataclass(frozen=True)
class Line:
    """One line of an SVG, in per cent of its box: digits, whatever the language."""

    x1: str
    y1: str
    x2: str
    y2: str


DOWN = Line("50", "0", "50", "100")


@dataclass
class Branch:
    """One way out of a step: its steps, and whether it comes back to the main line."""

    place: str  # of its list
    outcome: str
    words: str
    nodes: list[Node]
    fork: tuple[Line, ...] = ()
    join: tuple[Line, ...] = ()

    @property
    def end(self) -> str:
        """Where one more step is added."""
        return f"{self.place}.{len(self.nodes) + 1}"

    @property
    def comes_back(self) -> bool:
        return not self.nodes or not self.nodes[-1].is_last


@dataclass
class Node:
    """One step as it is drawn."""

    place: str
    key: str
    kind: str
    icon: str
    title: str
    words: str
    branches: list[Branch] = field(default_factory=list)
    problems: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    counts: Any = None  # of the live journey

    @property
    def is_last(self) -> bool:
        """No step can follow: it ends here, or each of its ways does."""
        if self.kind in ENDS:
            return True
        return bool(self.branches) and not any(one.comes_back for one in self.branches)


@dataclass(frozen=True)
class Tree:
    nodes: list[Node]

    @property
    def end(self) -> str:
        return f"steps.{len(self.nodes) + 1}"

    @property
    def comes_to_end(self) -> bool:
        return not self.nodes or not self.nodes[-1].is_last


def tree_of(
    document: Mapping[str, Any],
    problems: Mapping[str, Sequence[str]] | None = None,
    doubts: Mapping[str, Sequence[str]] | None = None,
    counts: Mapping[str, Any] | None = None,
) -> Tree:
    """Draw a document's steps; problems and doubts stand at a step by its place, counts
    by its name.
    """
    named: Document = keyed(document)
    steps = named.get("steps")
    drawing = _Drawing(problems or {}, doubts or {}, counts or {})
    return Tree(drawing.nodes(steps if isinstance(steps, list) else [], "steps"))


@dataclass(frozen=True)
class _Drawing:
    problems: Mapping[str, Sequence[str]]
    doubts: Mapping[str, Sequence[str]]
    counts: Mapping[str, Any]

    def nodes(self, steps: Sequence[Any], path: str) -> list[Node]:
        return [self.node(step, f"{path}.{n}") for n, step in enumerate(steps, 1)]

    def node(self, step: Any, place: str) -> Node:
        key = str(step.get("key", "")) if isinstance(step, Mapping) else ""
        return Node(
            place,
            key,
            kind_of(step),
            icon_of(step),
            title_of(step),
            words_of(step),
            self.branches(step, place),
            tuple(self.problems.get(place, ())),
            tuple(self.doubts.get(place, ())),
            self.counts.get(key),
        )

    def branches(self, step: Any, place: str) -> list[Branch]:
        arms = _arms(step)
        weights = sum(_weight(arm) for arm in arms)
        found = []
        for n, (key, outcome, steps) in enumerate(ways_of(step)):
            arm = arms[n] if n < len(arms) else None
            path = f"{place}.{key}"
            words = outcome_words(outcome, arm, weights)
            found.append(Branch(path, outcome, words, self.nodes(steps, path)))
        lay_lines(found)
        return found


def lay_lines(branches: Sequence[Branch]) -> None:
    """Lay the lines that part above the columns and join below them. Columns are of one
    width, so that the step above stands in the middle of all.
    """
    n = len(branches)
    middle = n / 2
    centres = [place + 0.5 for place in range(n)]
    back = [x for x, one in zip(centres, branches, strict=True) if one.comes_back]
    for place, one in enumerate(branches):
        one.fork = (*_level(place, [*centres, middle], "0"), DOWN)
        if back:
            down = (DOWN,) if one.comes_back else ()
            one.join = (*down, *_level(place, [*back, middle], "100"))


def _level(column: int, points: Sequence[float], y: str) -> tuple[Line, ...]:
    """The part of a level line from the first to the last point that lies in a column."""
    start = max(min(points), column) - column
    end = min(max(points), column + 1) - column
    if end <= start:
        return ()
    return (Line(f"{100 * start:g}", y, f"{100 * end:g}", y),)


def _arms(step: Any) -> list[Mapping[str, Any]]:
    says = step.get("test") if kind_of(step) == "test" else None
    arms = says.get("arms") if isinstance(says, Mapping) else None
    return [one for one in arms or () if isinstance(one, Mapping)]


def _weight(arm: Mapping[str, Any]) -> float:
    weight = arm.get("weight", 1)
    is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
    return float(weight) if is_number else 0.0
