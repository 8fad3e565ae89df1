"""What differs between two documents, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from campaigns.admin.campaign.plan import plan_lines, templates
from campaigns.content.changes import changes
from campaigns.lifecycle.draft_problems import look
from campaigns.models import Draft, DraftSave
from retention_site.lib.admin.words import said

TOGETHER = timedelta(minutes=10)  # saves of one person that are one step to look at
MOST_STEPS = 20
MOST_UNDONE = 100
LONGEST = 160


Compare = Callable[[Mapping[str, Any], Mapping[str, Any]], "list[Change]"]


@dataclass(frozen=True)
class Change:
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """What one person saved in one go."""

    save: DraftSave
    changes: list[Change]
    is_newest: bool


def in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Compare two documents, or what two versions keep."""
    return between(_content(before), _content(after)) or [
        Change(place, *_sides(words))
        for place, _colon, words in (
            one.partition(": ") for one in changes(before, after)
        )
    ]


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Compare what two versions keep, line by line of what their pages say."""
    old, new = _lines(before), _lines(after)
    return [
        Change(name, _short(old.get(name, "")), _short(new.get(name, "")))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def steps(draft: Draft) -> list[Step]:
    """Return the newest states, the saves of one person within minutes as one."""
    return steps_by(draft, in_words)


def steps_by(draft: Draft, compare: Compare) -> list[Step]:
    """Return the newest states, each compared with the one before it."""
    rows = list(
        draft.saves.filter(is_aside=False)
        .select_related("saved_by")
        .order_by("-number")[: MOST_STEPS * 4]
    )
    ends = [
        one
        for place, one in enumerate(rows)
        if place == 0 or not _is_one_step(one, rows[place - 1])
    ]
    pairs = zip(ends, [*ends[1:], None], strict=True)
    return [
        Step(one, compare(before.content, one.content) if before else [], not place)
        for place, (one, before) in enumerate(list(pairs)[:MOST_STEPS])
    ]


def older(draft: Draft) -> list[int]:
    """Return the numbers that undo goes back to, the newest last."""
    newest = draft.saves.filter(number=draft.number).first()
    before = newest.returns_to or newest.number if newest else 0
    line = draft.saves.filter(number__lt=before, is_aside=False)
    numbers = line.order_by("-number").values_list("number", flat=True)
    return list(numbers[:MOST_UNDONE])[::-1]


def _is_one_step(one: DraftSave, later: DraftSave) -> bool:
    return (
        one.saved_by_id == later.saved_by_id
        and later.saved_at - one.saved_at < TOGETHER
        and not later.returns_to
    )


def since_approved(draft: Draft) -> tuple[Any, list[Change]]:
    """Return the approved version and what the draft would change; None before there is
    one.
    """
    version = draft.campaign.approved_version
    if version is None:
        return None, []
    return version, between(version.content, _content(draft.content))


def _content(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return look(document).content or {}


def _lines(content: Mapping[str, Any]) -> dict[str, str]:
    lines = {
        str(_("Name")): str(content.get("name") or ""),
        **dict(plan_lines(content)),
    }
    for channel, part, text in templates(content):
        lines[f"{said(channel)}: {part}"] = text
    for arm in content.get("arms") or ():
        own = {key: arm.get(key) for key in ("value", "messages") if arm.get(key)}
        lines[f"{_('Arm')} {arm.get('name')}"] = str(own) if own else ""
    return {name: words for name, words in lines.items() if words}


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def _sides(words: str) -> tuple[str, str]:
    before, _arrow, after = words.partition(" → ")
    return before, after
