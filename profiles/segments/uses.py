"""Who names a segment: it can't be deleted while somebody does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from profiles.models import Segment
from retention_site.lib import registry
from retention_site.lib.admin.pages import link

from .rules import GROUPS

# by name of the segment; members of the plug-ins ``segment_uses`` return it for all
Uses = dict[str, list["Use"]]


@dataclass(frozen=True)
class Use:
    """One thing that names a segment, and its page."""

    words: str
    address: str = ""


def all_uses() -> Uses:
    """Ask every app which segments are named by what. A query each, however many."""
    makers: list[Callable[[], Uses]] = list(
        registry.everything("segment_uses").values()
    )
    found: Uses = {}
    for maker in makers:
        for name, uses in maker().items():
            found.setdefault(name, []).extend(uses)
    return found


def uses_of(name: str) -> list[Use]:
    """Return what names one segment."""
    return all_uses().get(name, [])


def uses() -> Uses:
    """Return the segments whose rule names others."""
    found: Uses = {}
    for one in Segment.objects.order_by("name"):
        for name in dict.fromkeys(names_in(one.rule)):
            if name != one.name:
                found.setdefault(name, []).append(Use(str(one), link(one)))
    return found


def names_in(rule: object) -> Iterator[str]:
    """Yield the segments that a rule names."""
    waiting = [rule]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict):
            continue
        if node.get("is") == "in_segment":
            yield str(node.get("name"))
        for word in GROUPS:
            inner = node.get(word)
            waiting.extend(inner if isinstance(inner, list) else [])
