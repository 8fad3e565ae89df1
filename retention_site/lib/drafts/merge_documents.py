"""Put together what two people changed of one document at the same time. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MISSING: Any = object()  # the key is not there


@dataclass(frozen=True)
class Merged:
    """Both changes in one document; where both changed one place, ``theirs`` stands."""

    document: dict[str, Any]
    clashes: tuple[str, ...]  # places that both changed, each in another way


def merge(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Merged:
    """Merge two documents that were both written from ``base``."""
    clashes: list[str] = []
    found = _merged(base, mine, theirs, "", clashes)
    return Merged(found, tuple(clashes))


def _merged(base: Any, mine: Any, theirs: Any, place: str, clashes: list[str]) -> Any:
    if mine in (theirs, base):
        return theirs
    if theirs == base:
        return mine
    if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
        below = base if isinstance(base, Mapping) else {}
        return _maps(below, mine, theirs, place, clashes)
    if _are_alike(base, mine, theirs):
        return [
            _merged(was, ours, others, f"{place}.{number}", clashes)
            for number, (was, ours, others) in enumerate(
                zip(base, mine, theirs, strict=True), 1
            )
        ]
    clashes.append(place)
    return theirs


def _maps(
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    place: str,
    clashes: list[str],
) -> dict[str, Any]:
    found = {}
    for key in dict.fromkeys([*theirs, *mine, *base]):
        inner = f"{place}.{key}" if place else str(key)
        was, ours, others = (one.get(key, MISSING) for one in (base, mine, theirs))
        value = _merged(was, ours, others, inner, clashes)
        if value is not MISSING:
            found[key] = value
    return found


def _are_alike(*lists: Any) -> bool:
    """Say whether these are lists of as many maps: such as arms, of which nobody was
    added or taken away; or blocks with ids, which nobody moved.
    """
    return (
        all(isinstance(one, list) for one in lists)
        and len({len(one) for one in lists}) == 1
        and all(isinstance(item, Mapping) for one in lists for item in one)
        and len({tuple(str(item.get("id")) for item in one) for one in lists}) == 1
    )
