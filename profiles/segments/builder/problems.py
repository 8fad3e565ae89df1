"""Everything that is wrong with a rule, each at its row: a form shows all of it at once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..compiled import saved_rule
from ..rules import GROUPS, BadRule, Finder, check_size, parse

INDEX = re.compile(r"\[(\d{1,9})\]")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; ``path`` leads to the row as indices, such as 0.2."""

    path: str
    field: str
    words: str


def problems(rule: Any, find: Finder = saved_rule) -> list[Problem]:
    """Return what keeps a rule from being saved; nothing where it can be."""
    try:
        check_size(rule)
    except BadRule as error:
        return [Problem("", "", str(error))]
    return list(_of(rule, find, ""))


def path_of(place: str) -> str:
    """Turn a place such as all[0].none[2] into 0.2."""
    return ".".join(INDEX.findall(place))


def _of(node: Any, find: Finder, place: str) -> Iterator[Problem]:
    word = group_word(node)
    if word is None:
        try:
            parse(node, find, place=place or "is")
        except BadRule as error:
            words = error.said.removeprefix(place).removeprefix(":").strip()
            yield Problem(path_of(place), error.field, words)
        return
    prefix = f"{place}." if place else ""
    for n, inner in enumerate(node[word]):
        yield from _of(inner, find, f"{prefix}{word}[{n}]")


def group_word(node: Any) -> str | None:
    """Return the word of a group that is well made; None of anything else."""
    if not isinstance(node, dict) or len(node) != 1:
        return None
    word = next(iter(node))
    return word if word in GROUPS and isinstance(node[word], list) else None
