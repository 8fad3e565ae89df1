"""The single values of a nested row, each with its place: what a form shows, and where
what was typed goes. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from profiles.intake.attribute_names import RESERVED
from profiles.intake.commerce import IDS, TEXTS

# names and numbers from the outside in; a number stands for a member of a list
Place = tuple[str, ...]
# of a tracking message
TOP = frozenset(
    "type userId anonymousId previousId groupId timestamp messageId event".split()
)
# What our columns are called where they come from, besides their own name.
ALIASES: dict[str, tuple[str, ...]] = {
    "at": ("timestamp",),
    "timestamp": ("at",),
    "userId": ("customer_id",),
    "text": tuple(TEXTS.values()),
    **{ours: (theirs,) for theirs, ours in RESERVED.items()},
    **{
        column: tuple(name for name in names if name != column)
        for column, names in IDS.items()
    },
}


def leaves(row: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield every value that holds no other, in the row's own order; an empty list or
    object is one too.
    """
    if isinstance(row, Mapping) and row:
        for name, inner in row.items():
            yield from leaves(inner, (*place, str(name)))
    elif isinstance(row, list) and row:
        for n, inner in enumerate(row):
            yield from leaves(inner, (*place, str(n)))
    else:
        yield place, row


def names_of(column: str) -> tuple[str, ...]:
    """Return the names under which a column of ours may stand in a row."""
    last = column.rsplit(".", 1)[-1]
    return (last, *ALIASES.get(last, ()))


def places_of(row: Any, column: str) -> list[Place]:
    """Return where a column stands in a row; where it would have to stand if it is
    nowhere.
    """
    names = names_of(column)
    found = [place for place, _value in leaves(row) if place and place[-1] in names]
    return found or [_missing_place(row, column)]


def changed(row: Any, values: Mapping[Place, Any]) -> Any:
    """Return a row with other values at some places; objects that are missing on the
    way are made.
    """
    for place, value in values.items():
        row = _with(row, place, value)
    return row


def typed(before: Any, said: str) -> Any:
    """Return what someone typed over a value: the value itself where it reads the same,
    nothing where it is empty.
    """
    if said == shown(before):
        return before
    return said if said.strip() else None


def shown(value: Any) -> str:
    """Return a value as a field of a form shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if not isinstance(value, list | dict) else ""


def replaced(row: Any, column: str, becomes: Mapping[str, str]) -> Any:
    """Return a row whose column holds what its value ``becomes``; "" stands for a
    missing value.
    """
    values = {}
    for place in places_of(row, column):
        before = shown(at(row, place))
        if before in becomes:
            values[place] = becomes[before]
    return changed(row, values)


def at(row: Any, place: Iterable[str]) -> Any:
    """Return the value at a place, None where there is none."""
    for name in place:
        if isinstance(row, Mapping):
            row = row.get(name)
        elif isinstance(row, list) and name.isdecimal() and int(name) < len(row):
            row = row[int(name)]
        else:
            return None
    return row


def _missing_place(row: Any, column: str) -> Place:
    if not isinstance(row, Mapping):
        return (column,)
    if isinstance(row.get("payload"), Mapping):
        return ("payload", column)
    is_message = (
        row.get("type") in ("identify", "track", "page", "screen", "group", "alias")
        and "customer_id" not in row
    )
    if not is_message or column in TOP:
        return (column,)
    return ("traits" if row["type"] == "identify" else "properties", column)


def _with(row: Any, place: Sequence[str], value: Any) -> Any:
    if not place:
        return value
    name, *rest = place
    if isinstance(row, list) and name.isdecimal() and int(name) < len(row):
        return [
            _with(one, rest, value) if n == int(name) else one
            for n, one in enumerate(row)
        ]
    held = dict(row) if isinstance(row, Mapping) else {}
    return held | {name: _with(held.get(name), rest, value)}
