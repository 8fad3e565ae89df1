"""What stands at a place of a document, as a form shows it, and what is typed put back.

Pure. A form's field is named by its place, such as ``goal.words`` or ``arms.2.weight``.
What can't be read stays as it was typed, so that nothing is lost and its field can say
what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Document = dict[str, Any]
Shown = str | list[str]  # a text, or the marks that are set
ON = "on"
DEFAULT_ARMS: tuple[Mapping[str, Any], ...] = ({"name": "message"},)


@dataclass(frozen=True)
class Kind:
    """How a value is written in a form, and read from it."""

    show: Callable[[Any], Shown]
    read: Callable[[Shown], Any]


def get(document: Any, place: str) -> Any:
    """Return what stands at a place, or None."""
    for key in place.split("."):
        document = _below(document, key)
    return document


def put(document: Document, place: str, value: Any) -> None:
    """Set a place; None takes the key away, and a map that is empty then."""
    first, _dot, rest = place.partition(".")
    if first == "arms" and not isinstance(document.get("arms"), list):
        document["arms"] = deepcopy(list(DEFAULT_ARMS))
    _put(document, first, rest, value)


def _put(holder: Any, key: str, rest: str, value: Any) -> None:
    if isinstance(holder, list):
        if key.isdecimal() and 0 < int(key) <= len(holder) and rest:
            _put(holder[int(key) - 1], *_split(rest), value)
        return
    if not isinstance(holder, dict):
        return
    if not rest:
        if value is None:
            holder.pop(key, None)
        else:
            holder[key] = value
        return
    if not isinstance(holder.get(key), dict | list):
        if value is None:
            return
        holder[key] = {}
    _put(holder[key], *_split(rest), value)
    if holder[key] == {}:
        del holder[key]


def _split(place: str) -> tuple[str, str]:
    first, _dot, rest = place.partition(".")
    return first, rest


def _below(holder: Any, key: str) -> Any:
    if isinstance(holder, list):
        is_there = key.isdecimal() and 0 < int(key) <= len(holder)
        return holder[int(key) - 1] if is_there else None
    return holder.get(key) if isinstance(holder, Mapping) else None


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _text(shown: Shown) -> str | None:
    return str(shown).replace("\r\n", "\n") or None


def _number(shown: Shown) -> Any:
    """Read a number as short as it is written: 5, not 5.0."""
    typed = str(shown).strip().replace(" ", "")
    if not typed:
        return None
    try:
        found = Decimal(typed.replace(",", "."))
    except InvalidOperation:
        return str(shown).strip()
    if not found.is_finite() or abs(found) > Decimal(10) ** 15:
        return str(shown).strip()
    return int(found) if found == found.to_integral_value() else float(found)


def _as_percent(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _plain(value)
    return f"{100 * Decimal(str(value)):f}".rstrip("0").rstrip(".") or "0"


def _percent(shown: Shown) -> Any:
    found = _number(shown)
    if not isinstance(found, int | float):
        return found
    return float(Decimal(str(found)) / 100)


def _as_list(value: Any) -> str:
    items = value if isinstance(value, list | tuple) else [value] if value else []
    return ", ".join(str(one) for one in items)


def _list(shown: Shown) -> list[str] | None:
    return [one.strip() for one in str(shown).split(",") if one.strip()] or None


def _marks(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def _moment(value: Any) -> str:
    """Write a wall time as the browser's own field has it."""
    try:
        return datetime.fromisoformat(str(value)).strftime("%Y-%m-%dT%H:%M")
    except ValueError:
        return _plain(value)


TEXT = Kind(_plain, _text)
NUMBER = Kind(_plain, _number)
PERCENT = Kind(_as_percent, _percent)
LIST = Kind(_as_list, _list)
MARKS = Kind(_marks, lambda shown: list(shown) or None)
FLAG = Kind(lambda value: ON if value else "", lambda shown: bool(shown))
MOMENT = Kind(_moment, _text)
