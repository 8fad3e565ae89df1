"""Segments as a campaign's document names them: one, several, and those left out.

Their rules are copied when a version is made, so that approval covers whom they mean
then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.content.mapping_reader import BadCampaign, Section
from profiles.models import Segment

AND, BUT_NOT = " + ", " − "  # in the name of several; a segment's own has no spaces
KEYS = {"in", "but_not"}


@dataclass(frozen=True)
class Named:
    """Whoever is in one of these segments and in none of those."""

    segments: tuple[str, ...]
    but_not: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        left_out = [f"{BUT_NOT}{one}" for one in self.but_not]
        return AND.join(self.segments) + "".join(left_out)

    def written(self) -> str | dict[str, list[str]]:
        """Return what a document says: one name, or lists."""
        if len(self.segments) == 1 and not self.but_not:
            return self.segments[0]
        left_out = {"but_not": list(self.but_not)} if self.but_not else {}
        return {"in": list(self.segments), **left_out}


def names_of(found: Any) -> Named | None:
    """Return the segments that a document or a version names; None for a rule of its
    own. Raise `BadCampaign`.
    """
    if isinstance(found, str):
        return Named((found,))
    if not isinstance(found, Mapping):
        return None
    if set(found) == {"name", "rule"} and isinstance(found["name"], str):
        return _read(found["name"])
    if not set(found) & KEYS:
        return None
    section = Section(found, "segment")
    named = Named(_names(section, "in"), _names(section, "but_not"))
    section.done()
    if not named.segments:
        raise section.refuse("in", "is missing: a segment's name says who is meant.")
    return named


def with_rules(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Put the rules of named segments in the place of their names; raise
    `BadCampaign`.
    """
    found = raw.get("segment")
    if isinstance(found, Mapping) and not set(found) & KEYS:
        return dict(raw)
    named = names_of(found)
    if named is None:
        return dict(raw)
    return {**raw, "segment": {"name": named.name, "rule": rule_of(named)}}


def as_named(found: Any) -> Any:
    """Return the shortest way to say a version's segment: its names, where their rules
    are still those of the version.
    """
    try:
        named = names_of(found)
        is_same = named is not None and rule_of(named) == found["rule"]
    except BadCampaign:
        return found
    return named.written() if named is not None and is_same else found


def rule_of(named: Named) -> dict[str, Any]:
    """Return one rule for several segments; raise `BadCampaign` for one that is not
    there.
    """
    wanted = {*named.segments, *named.but_not}
    rules = dict(Segment.objects.filter(name__in=wanted).values_list("name", "rule"))
    for name in (*named.segments, *named.but_not):
        if name not in rules:
            raise BadCampaign(f"segment: there is no segment named {name!r}.")
    meant = [rules[name] for name in named.segments]
    rule: dict[str, Any] = meant[0] if len(meant) == 1 else {"any": meant}
    if not named.but_not:
        return rule
    return {"all": [rule, {"none": [rules[name] for name in named.but_not]}]}


def _read(name: str) -> Named:
    first, *left_out = name.split(BUT_NOT)
    return Named(tuple(first.split(AND)), tuple(left_out))


def _names(section: Section, key: str) -> tuple[str, ...]:
    found: Sequence[Any] = section.list(key, [])
    if not all(isinstance(one, str) and one for one in found):
        raise section.refuse(key, "the names of segments are expected.")
    return tuple(dict.fromkeys(found))
