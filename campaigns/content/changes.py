"""What differs between two contents of a campaign, as the places of its file. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MOST_SHOWN = 6
LONGEST_VALUE = 40


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return one short text a changed place, such as `offer.budget: 5 → 50`."""
    return [
        f"{place}: {_short(old)} → {_short(new)}"
        for place, old, new in _differing(before, after)
    ]


def summary(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return the first changes in one line."""
    found = changes(before, after)
    more = f", +{len(found) - MOST_SHOWN}" if len(found) > MOST_SHOWN else ""
    return ", ".join(found[:MOST_SHOWN]) + more


def _differing(
    before: Any, after: Any, place: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            inner = f"{place}.{key}" if place else str(key)
            yield from _differing(before.get(key), after.get(key), inner)
    elif (
        isinstance(before, list)
        and isinstance(after, list)
        and len(before) == len(after)
    ):
        for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
            yield from _differing(old, new, f"{place}[{number}]")
    elif before != after:
        yield place, before, after


def _short(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "–"
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
