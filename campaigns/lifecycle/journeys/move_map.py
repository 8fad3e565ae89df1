"""Where those inside a journey go when another version is published: checked, so that
nobody is lost, goes back or gets a message again. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from campaigns.content.journey_graph import Graph

LEAVE = "leave"  # the journey


class BadMap(ValueError):
    """Somebody would be lost, or get a step twice: one sentence."""


def parse(text: str) -> dict[str, str]:
    """Read ``old=new,old=leave``; raise `BadMap`."""
    found: dict[str, str] = {}
    for pair in text.split(","):
        old, is_pair, new = (part.strip() for part in pair.partition("="))
        if not (is_pair and old and new):
            raise BadMap(f"map: {pair.strip()!r} is not old=new, such as ask=remind.")
        if old in found:
            raise BadMap(f"map: {old!r} is named twice.")
        found[old] = new
    return found


def check(
    moves: Mapping[str, str], old: Graph, new: Graph, standing: Iterable[str]
) -> None:
    """Refuse a map that loses somebody or repeats a message; raise `BadMap`."""
    for here in standing:
        if here not in moves:
            raise BadMap(f"map: {here!r} is missing, and somebody stands there.")
    for here, there in moves.items():
        if here not in old.by_key:
            raise BadMap(f"map: there is no step {here!r} in the version they are on.")
        if there == LEAVE:
            continue
        if there not in new.by_key:
            raise BadMap(f"map: there is no step {there!r} in the new version.")
        if again := _again(old, here, new, there):
            raise BadMap(
                f"map: {here}={there} leads back: {again!r} would come again for those"
                " who passed it."
            )


def _again(old: Graph, here: str, new: Graph, there: str) -> str:
    """Return a step that somebody may have passed and would come to again."""
    number = old.by_key[here].number
    passed = {
        place.key
        for place in old.places
        if place.number != number and number in old.reachable(place.number)
    }
    ahead = {new.places[place].key for place in new.reachable(new.by_key[there].number)}
    return min(passed & ahead, default="")
