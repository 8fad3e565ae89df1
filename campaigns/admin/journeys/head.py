"""What stands above the first step: the goal, who enters, and what makes people leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from campaigns.admin.campaign.plan import trigger_words
from campaigns.admin.editor.form import shown
from campaigns.admin.editor.values import get
from campaigns.admin.journeys.panels import ENTER, GOAL, LEAVE
from campaigns.admin.journeys.problems import Found
from campaigns.admin.journeys.step_words import event_words, rule_words, span_words
from retention_site.lib.admin.words import rate


@dataclass(frozen=True)
class Head:
    """One card above the tree, and what is wrong with it."""

    place: str
    icon: str
    title: str
    words: str
    problems: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def heads(document: Mapping[str, Any], found: Found | None = None) -> list[Head]:
    """Return goal, leave and enter: the last one stands right above the first step."""
    found = found or Found()

    def one(place: str, icon: str, title: str, words: str) -> Head:
        problems = [
            *found.problems.get(place, ()),
            *(found.problems.get("steps", ()) if place == ENTER else ()),
        ]
        doubts = found.doubts.get(place, ())
        return Head(place, icon, title, words, tuple(problems), tuple(doubts))

    return [
        one(GOAL, "flag", _("Goal"), _goal(document)),
        one(LEAVE, "logout", _("Leave"), leave_words(document)),
        one(ENTER, "login", _("Enter"), enter_words(document)),
    ]


def _goal(document: Mapping[str, Any]) -> str:
    words = str(shown(document, "goal.words")) or _("no goal yet")
    holdout = document.get("holdout", 0.1)
    is_number = isinstance(holdout, int | float) and not isinstance(holdout, bool)
    held = _("%(share)s held out") % {"share": rate(holdout, 0) if is_number else "…"}
    return f"{words} · {held}"


def enter_words(document: Mapping[str, Any]) -> str:
    """Say who enters, and how often."""
    parts = [_who(document), _again(document)]
    return " · ".join(part for part in parts if part)


def _who(document: Mapping[str, Any]) -> str:
    trigger, schedule = document.get("trigger"), document.get("schedule")
    try:
        if isinstance(trigger, Mapping):
            return capfirst(trigger_words(_said(trigger)))
    except (TypeError, ValueError, AttributeError):
        return _("This can't be read yet.")
    if not isinstance(schedule, Mapping):
        return _("nobody yet")
    starts = str(schedule.get("starts") or "…").replace("T", " ")
    return _("%(segment)s, on %(start)s") % {
        "segment": _segment(document) or "…",
        "start": starts,
    }


def _segment(document: Mapping[str, Any]) -> str:
    found = document.get("segment")
    if isinstance(found, Mapping) and isinstance(found.get("name"), str):
        return str(found["name"])  # as a version keeps it
    meant = shown(document, "segment.in")
    return ", ".join(meant) if isinstance(meant, list) else ""


def _said(trigger: Mapping[str, Any]) -> dict[str, Any]:
    """What of a trigger one needs to know at a glance, its events by their names."""
    shown = {
        key: value
        for key, value in trigger.items()
        if key not in ("not_older_than", "key")
    }
    names = trigger.get("events")
    if isinstance(names, list | tuple):
        shown["events"] = [event_words(one) for one in names]
    return shown


def _again(document: Mapping[str, Any]) -> str:
    again = document.get("again") or "never"
    if again == "never":
        return _("never again")
    if again == "each":
        key = get(document, "trigger.key")
        words = key.replace("_", " ") if isinstance(key, str) and key else _("object")
        return _("once for each %(key)s") % {"key": words}
    return _("again after %(span)s") % {"span": span_words(again)}


def leave_words(document: Mapping[str, Any]) -> str:
    """Say what makes people leave before the last step."""
    leave = document.get("leave")
    if not isinstance(leave, Mapping):
        return _("at the last step only")
    parts = []
    if leave.get("goal"):
        parts.append(_("goal: %(events)s") % {"events": event_words(leave["goal"])})
    if leave.get("if"):
        parts.append(_("when: %(rule)s") % {"rule": rule_words(leave["if"])})
    return " · ".join(parts) or _("at the last step only")
