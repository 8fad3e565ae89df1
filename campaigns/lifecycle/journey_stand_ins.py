"""What stands in for a step of a journey that can't be read, so that the steps behind it
can be. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from campaigns.content.journey_outline import (
    ENDS,
    kind_of,
    place_of,
    replace,
    step_at,
    walk,
)

PLAIN = {"set": {"?": "?"}}
READABLE: dict[str, Any] = {
    "wait": "1 day",
    "message": {"channels": ["sms"], "messages": {"sms": {"text": "?"}}},
}
# of a step with branches what is its own gives way, the branches stay
OWN: dict[str, dict[str, Any]] = {
    "split": {"if": {"all": []}},
    "wait_until": {
        "event": ["?"],
        "same": "",
        "if": None,
        "at_most": "1 day",
        "since": "step",
    },
}


def put(trial: dict[str, Any], place: str, words: str) -> bool:
    """Mend the step that a problem is about; say whether that was possible."""
    at = _step_of(trial, place)
    if "can't be reached" in words:
        at = _before(at)
    step = step_at(trial, at)
    if step is None:
        return False
    mended = _mended(step, is_way=kind_of(step) in ENDS, below=place[len(at) + 1 :])
    if mended == step:
        return False
    trial["steps"] = replace(trial, at, mended)["steps"]
    return True


def _step_of(trial: Mapping[str, Any], place: str) -> str:
    """The step in which a place is; a place may name the step, too."""
    holding = [one for one, _s in walk(trial) if f"{place}.".startswith(f"{one}.")]
    return max(holding, key=len) if holding else place_of(trial, place.split(".")[1])


def _before(place: str) -> str:
    path, _dot, n = place.rpartition(".")
    return f"{path}.{int(n) - 1}" if n.isdecimal() else ""


def _mended(step: Mapping[str, Any], *, is_way: bool, below: str) -> dict[str, Any]:
    kind = kind_of(step)
    if below == "key":
        return {key: value for key, value in step.items() if key != "key"}
    key = {"key": step["key"]} if step.get("key") else {}
    says = step.get(kind)
    if kind == "message" and below.startswith("message.messages."):
        return _with_words(step, below.split(".")[2:])
    if kind in READABLE:
        better = {**key, kind: READABLE[kind]}
    elif kind in OWN and isinstance(says, Mapping):
        ways = {
            way: says[way]
            for way in ("then", "else")
            if isinstance(says.get(way), list)
        }
        better = {**key, kind: {**OWN[kind], **ways}}
    else:
        better = {**key, **PLAIN}
    return {**key, **PLAIN} if is_way or better == step else better


def _with_words(step: Mapping[str, Any], at: list[str]) -> dict[str, Any]:
    """Give a channel the part that it is short of; a second time all its parts."""
    found: dict[str, Any] = deepcopy(dict(step))
    says = found["message"] if isinstance(found["message"], dict) else {}
    channels = says.setdefault("messages", {})
    words = channels.setdefault(at[0], {}) if isinstance(channels, dict) else None
    part = at[1] if len(at) > 1 else ""
    part = "html" if part == "mjml" else part
    if not isinstance(words, dict) or not part or words.get(part):
        return {**found, "message": deepcopy(READABLE["message"])}
    words[part] = "?"
    return found
