"""What one rule says otherwise than another, in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ..compiled import saved_rule
from ..rules import BadRule, parse
from .form import as_yaml, group_words
from .problems import group_word


@dataclass(frozen=True)
class Change:
    """One difference: what was said before and what is said now; one of them may be
    empty. ``within`` names the group, where it is not the outermost.
    """

    before: str
    after: str
    within: str = ""


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what was taken away, added and changed from one rule to another."""
    return _of(_whole(before), _whole(after), "")


def _of(
    before: Mapping[str, Any], after: Mapping[str, Any], within: str
) -> list[Change]:
    word, word_now = group_word(before), group_word(after)
    if word is None or word_now is None:
        return [Change(_words(before), _words(after), within)]
    changes = []
    if word != word_now:
        names = group_words()
        changes.append(Change(names[word], names[word_now], within))
    gone, came = _unmatched(before[word], after[word_now])
    for old in list(gone):
        new = next((one for one in came if _is_like(old, one)), None)
        if new is not None:
            gone.remove(old)
            came.remove(new)
            inner = (
                group_words()[group_word(new) or "all"] if group_word(new) else within
            )
            changes += _of(old, new, inner)
    changes += [Change(_words(old), "", within) for old in gone]
    return changes + [Change("", _words(new), within) for new in came]


def _unmatched(before: list[Any], after: list[Any]) -> tuple[list[Any], list[Any]]:
    """Leave out what stands in both, whatever its place."""
    left, new = list(before), []
    for one in after:
        same = next((old for old in left if _written(old) == _written(one)), None)
        if same is None:
            new.append(one)
        else:
            left.remove(same)
    return left, new


def _is_like(old: Any, new: Any) -> bool:
    """Whether one may be the other, changed: both groups, or the same question."""
    if group_word(old) or group_word(new):
        return bool(group_word(old) and group_word(new))
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    return all(old.get(name) == new.get(name) for name in ("is", "key"))


def _whole(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    return rule if group_word(rule) else {"all": [rule]}


def _written(node: Any) -> str:
    return json.dumps(node, sort_keys=True, default=str)


def _words(node: Any) -> str:
    try:
        return parse(node, saved_rule).describe()
    except BadRule:
        return _("a part that can't be read: %s") % as_yaml(node).strip()
