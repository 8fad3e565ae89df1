"""The fields of the editor's form: each shows a place of the document and writes it back.

Only what was changed is written, so that opening and saving a document leaves it as it
was, whoever wrote it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from campaigns.admin.editor import choices_in_form as chosen
from campaigns.admin.editor import journey_choices
from campaigns.admin.editor.values import (
    FLAG,
    LIST,
    MARKS,
    MOMENT,
    NUMBER,
    PERCENT,
    TEXT,
    Document,
    Kind,
    Shown,
    get,
    put,
)

OWN = {**chosen.FIELDS, **journey_choices.FIELDS}
KINDS: dict[str, Kind] = {
    "goal.metrics": MARKS,
    "goal.window_days": NUMBER,
    "holdout": PERCENT,
    "offer.cap": NUMBER,
    "offer.budget": NUMBER,
    "offer.valid_days": NUMBER,
    "offer.minimum_spend": NUMBER,
    "offer.stackable": FLAG,
    "offer.value.amount": NUMBER,
    "offer.value.smallest": NUMBER,
    "offer.value.largest": NUMBER,
    "offer.value.step": NUMBER,
    "arms.*.weight": NUMBER,
    "arms.*.offer": FLAG,
    "arms.*.value.amount": NUMBER,
    "recommendations.k": NUMBER,
    "limits.*": NUMBER,
    "quiet_hours.channels": MARKS,
    "expires_after_hours": NUMBER,
    "priority": NUMBER,
    "must_arrive": FLAG,
    "global_holdout": FLAG,
    "schedule.starts": MOMENT,
    "schedule.grace_minutes": NUMBER,
    "send_time.best_slot": FLAG,
    "send_time.within_hours": NUMBER,
    "send_time.spread_hours": NUMBER,
    "trigger.events": LIST,
    "trigger.cancel_if": LIST,
    "trigger.days_before": NUMBER,
    "trigger.interest_days": NUMBER,
    "trigger.least_drop": PERCENT,
    "leave.goal": LIST,
    "wait.days_before": NUMBER,
    "wait.weekday": MARKS,
    "wait_until.event": LIST,
    "test.arms.*.weight": NUMBER,
}
# what a place says that is left out
DEFAULTS: dict[str, Any] = {
    "kind": "marketing",
    "goal.metrics": ["conversion", "revenue"],
    "goal.window_days": 28,
    "channels": ["email"],
    "arms.1.name": "message",
    "arms.*.weight": 1,
    "arms.*.offer": True,
    "offer.valid_days": 28,
    "offer.when_exhausted": "hold",
    "offer.value.step": 1,
    "recommendations.mode": "all",
    "recommendations.k": 6,
    "expires_after_hours": 72,
    "priority": 100,
    "schedule.grace_minutes": 60,
    "send_time.within_hours": 168,
    "trigger.kind": "webhook",
    "trigger.move": "entered",
    "trigger.of": "birth_date",
    "trigger.days_before": 0,
    "trigger.at": "09:00",
    "trigger.interest_days": 30,
    "trigger.least_drop": 0.1,
    "trigger.channel": "email",
    "trigger.not_older_than": "2 days",
    "quiet_hours.start": "21:00",
    "quiet_hours.end": "08:00",
    "wait.at": "09:00",
    "wait.date_of": "birth_date",
    "wait.days_before": 0,
    "wait_until.since": "step",
    "test.arms.*.weight": 1,
}
NAME = re.compile(r"[a-z_0-9@.-]{1,80}")


def shown(document: Mapping[str, Any], name: str) -> Shown:
    """Return what a field shows: what the document says, or what it means unsaid."""
    if own := OWN.get(chosen.plain(name)):
        return own.get(document, name)
    value = get(document, name)
    if value is None:
        value = _default(document, name)
    return _kind(name).show(value)


def filled(
    document: Mapping[str, Any], posted: Mapping[str, Shown], names: Iterable[str]
) -> Document:
    """Return the document with what was changed in these fields; all else is kept."""
    found = deepcopy(dict(document))
    for name in names:
        typed = _tidy(posted.get(name, ""), shown(document, name))
        if NAME.fullmatch(name) and typed != shown(document, name):
            _write(found, name, typed)
    return found


def _write(document: Document, name: str, typed: Shown) -> None:
    if own := OWN.get(chosen.plain(name)):
        own.put(document, name, typed)
        return
    if name.startswith("goal.") and isinstance(document.get("goal"), str):
        document["goal"] = {"words": document["goal"]}
    value = _kind(name).read(typed)
    if value is False and _default(document, name) in (None, False):
        value = None
    put(document, name, value)
    chosen.settle(document)


def _tidy(typed: Shown, before: Shown) -> Shown:
    if isinstance(before, list):
        return typed if isinstance(typed, list) else [typed] if typed else []
    typed = typed[-1] if isinstance(typed, list) and typed else typed
    return str(typed or "").replace("\r\n", "\n")


def _kind(name: str) -> Kind:
    return KINDS.get(name) or KINDS.get(_pattern(name)) or TEXT


def _default(document: Mapping[str, Any], name: str) -> Any:
    is_marketing = document.get("kind", "marketing") == "marketing"
    if name == "holdout":
        return 0.1 if is_marketing else 0.0
    if name == "global_holdout":
        return is_marketing
    return DEFAULTS.get(name, DEFAULTS.get(_pattern(name)))


def _pattern(name: str) -> str:
    """Return the kind of a place: ``arms.2.weight`` is an ``arms.*.weight``."""
    if name.startswith("limits."):
        return "limits.*"
    return re.sub(r"^(test\.)?arms\.\d+\.", r"\1arms.*.", name)
