"""Fields of a journey's form that stand for more than one key: how one waits, what is
awaited, who enters, how often. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from campaigns.admin.editor.choices_in_form import RULES, Own
from campaigns.admin.editor.values import ON, Document, Shown, get, put

AFTER = "after"  # again, once so long has gone by
NO_RULE: dict[str, Any] = {"all": []}
HOW: dict[str, Any] = {
    "for": "1 day",
    "clock": {"at": "09:00"},
    "weekday": {"at": "09:00", "weekday": ["monday"]},
    "hour": {"best_hour": True},
    "date": {"date_of": "birth_date", "at": "09:00"},
}


def _how(document: Mapping[str, Any], _name: str) -> Shown:
    says = document.get("wait")
    if not isinstance(says, Mapping) or "for" in says:
        return "for"
    if says.get("date_of"):
        return "date"
    if says.get("best_hour"):
        return "hour"
    return "weekday" if says.get("weekday") else "clock"


def _put_how(document: Document, _name: str, typed: Shown) -> None:
    if str(typed) in HOW:
        document["wait"] = json.loads(json.dumps(HOW[str(typed)]))


def _for(document: Mapping[str, Any], _name: str) -> Shown:
    says = document.get("wait")
    found = says.get("for") if isinstance(says, Mapping) else says
    return "" if found is None else str(found)


def _put_for(document: Document, _name: str, typed: Shown) -> None:
    document["wait"] = str(typed)


def _awaits(document: Mapping[str, Any], _name: str) -> Shown:
    return "event" if get(document, "wait_until.if") is None else "rule"


def _put_awaits(document: Document, _name: str, typed: Shown) -> None:
    says = document.get("wait_until")
    if not isinstance(says, dict):
        return
    if typed == "rule":
        says.pop("event", None)
        says.pop("same", None)
        says["if"] = dict(NO_RULE)
    else:
        says.pop("if", None)
        says["event"] = ["purchase"]


def rule_shown(document: Mapping[str, Any], name: str) -> Shown:
    """A rule as the builder's rows send it."""
    found = get(document, name)
    return json.dumps(found if found else NO_RULE, ensure_ascii=False)


def _put_rule(document: Document, name: str, typed: Shown) -> None:
    try:
        rule = json.loads(str(typed))
    except ValueError:
        return
    if isinstance(rule, dict):
        put(document, name, rule)


def _has_rule(document: Mapping[str, Any], _name: str) -> Shown:
    return ON if get(document, "leave.if") is not None else ""


def _turn_rule(document: Document, _name: str, typed: Shown) -> None:
    put(document, "leave.if", dict(NO_RULE) if typed else None)


def _traits(document: Mapping[str, Any], _name: str) -> Shown:
    says = document.get("set")
    found = says.items() if isinstance(says, Mapping) else ()
    return "\n".join(f"{name}: {_written(value)}" for name, value in found)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _put_traits(document: Document, _name: str, typed: Shown) -> None:
    lines = [line.partition(":") for line in str(typed).splitlines() if line.strip()]
    document["set"] = {name.strip(): _value(value.strip()) for name, _c, value in lines}


def _value(text: str) -> Any:
    """Read a number, yes or no, or words."""
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return text
    return found if isinstance(found, bool | int | float) else text


def _enters(document: Mapping[str, Any], _name: str) -> Shown:
    schedule = document.get("schedule")
    if not isinstance(schedule, Mapping):
        return "trigger"
    return "repeat" if schedule.get("repeat") else "once"


def _put_enters(document: Document, _name: str, typed: Shown) -> None:
    schedule = document.pop("schedule", None)
    trigger = document.pop("trigger", None)
    if typed == "trigger":
        document.pop("segment", None)
        document["trigger"] = trigger or {"kind": "event", "events": ["cart"]}
        return
    kept = dict(schedule) if isinstance(schedule, Mapping) else {}
    kept.setdefault("starts", "")
    kept.pop("repeat", None)
    document["schedule"] = kept
    if typed == "repeat":
        kept["repeat"] = RULES["week"]


def _again(document: Mapping[str, Any], _name: str) -> Shown:
    found = document.get("again")
    return str(found) if found in ("never", "each") else AFTER if found else "never"


def _put_again(document: Document, _name: str, typed: Shown) -> None:
    document["again"] = "90 days" if typed == AFTER else str(typed)


_RULE = Own(rule_shown, _put_rule)

FIELDS: dict[str, Own] = {
    "wait.how": Own(_how, _put_how),
    "wait.for": Own(_for, _put_for),
    "wait_until.how": Own(_awaits, _put_awaits),
    "wait_until.if": _RULE,
    "split.if": _RULE,
    "leave.if": _RULE,
    "leave.rule": Own(_has_rule, _turn_rule),
    "set.traits": Own(_traits, _put_traits),
    "enter": Own(_enters, _put_enters),
    "again.how": Own(_again, _put_again),
}
