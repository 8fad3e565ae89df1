"""The form in which a quarantined row is put right: one field for each of its values,
the bad one marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from profiles.intake.quarantine import replay
from profiles.intake.quarantine.nested_fields import (
    Place,
    at,
    changed,
    leaves,
    places_of,
    shown,
    typed,
)
from profiles.intake.values import Refused
from profiles.models import QuarantinedRow

MOST_FIELDS = 80
LONG = 90  # characters; longer values get more room


@dataclass(frozen=True)
class Cell:
    """One value of the row: as it came, and as it stands in the form."""

    name: str
    inside: str  # the names around it
    label: str
    came: str
    value: str
    is_bad: bool
    error: str = ""

    @property
    def is_long(self) -> bool:
        return len(self.value) > LONG

    @property
    def is_changed(self) -> bool:
        return self.came != self.value


def cells(
    row: QuarantinedRow,
    said: Mapping[str, str] | None = None,
    faults: Sequence[Refused] = (),
) -> list[Cell]:
    """Return a field for each value, the bad ones first; ``said`` is what was typed,
    ``faults`` all that is wrong.
    """
    bad: dict[Place, str] = {}
    for fault in faults or [Refused(row.column, row.reason)]:
        for place in places_of(row.latest, fault.column) if fault.column else ():
            bad.setdefault(place, fault.reason)
    found = [
        _cell(row, place, said, bad.get(place, "")) for place in _places(row, list(bad))
    ]
    return found[:MOST_FIELDS]


def faults(row: QuarantinedRow, fixed: Any, known: Refused) -> list[Refused]:
    """Return the fault that is known and all others that stand in the row, so that they are put right at once."""
    if not replay.is_replayable(row.kind):
        return [known]
    there = {place for place, _value in leaves(fixed)}
    marked = set(places_of(fixed, known.column)) if known.column else set()
    others = []
    for fault in replay.faults(row, fixed):
        places = set(places_of(fixed, fault.column)) & there - marked
        if places:
            others.append(fault)
            marked |= places
    return [known, *others]


def put_right(row: QuarantinedRow, said: Mapping[str, str]) -> Any:
    """Return the row with what was typed over its values; values without a field stay
    as they are.
    """
    places = {
        *(place for place, _value in leaves(row.latest)),
        *places_of(row.latest, row.column),
    }
    given = {place: said[_name(place)] for place in places if _name(place) in said}
    given |= {
        tuple(name.split("/")[1:]): value
        for name, value in said.items()
        if _is_new(name, value, places)
    }
    values = {
        place: typed(at(row.latest, place), value) for place, value in given.items()
    }
    return changed(
        row.latest,
        {
            place: value
            for place, value in values.items()
            if value != at(row.latest, place)
        },
    )


def _is_new(name: str, value: str, places: set[Place]) -> bool:
    """Whether a value was typed into a field that the row had no place for: a refusal
    asked for it.
    """
    return (
        name.startswith("/")
        and bool(value.strip())
        and tuple(name.split("/")[1:]) not in places
    )


def _places(row: QuarantinedRow, bad: list[Place]) -> list[Place]:
    there = [
        place
        for place, value in leaves(row.latest)
        if place and not isinstance(value, list | dict)
    ]
    return [*bad, *(place for place in there if place not in bad)]


def _cell(
    row: QuarantinedRow, place: Place, said: Mapping[str, str] | None, error: str
) -> Cell:
    name, now = _name(place), shown(at(row.latest, place))
    value = said.get(name, now) if said is not None else now
    *inside, label = [
        str(int(part) + 1) if part.isdecimal() else part for part in place
    ]
    return Cell(
        name,
        " › ".join(inside),
        label,
        shown(at(row.row, place)),
        value,
        bool(error),
        error,
    )


def _name(place: Place) -> str:
    return "/" + "/".join(place)
