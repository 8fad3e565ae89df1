"""Fields of the form that stand for more than one key of the document: who is meant, the
kind of offer, what starts it, where the words come from. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.admin.editor.values import (
    DEFAULT_ARMS,
    ON,
    Document,
    Shown,
    get,
    put,
)
from campaigns.lifecycle.named_segments import KEYS, Named

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
RULES = {
    "day": "FREQ=DAILY",
    "week": "FREQ=WEEKLY;BYDAY=MO",
    "month": "FREQ=MONTHLY",
}
WEEKLY = re.compile(
    r"FREQ=WEEKLY;BYDAY=((?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU))*)\Z"
)
# the keys that only this kind of trigger has
OF_TRIGGER = {
    "event": ("events", "key"),
    "segment": ("segment", "move"),
    "anniversary": ("of", "days_before", "at"),
    "back_in_stock": ("events", "interest_days"),
    "price_drop": ("events", "interest_days", "least_drop"),
    "pending_consent": ("channel",),
}
OWN, TEMPLATE, FILE = "own", "template:", "file:"


@dataclass(frozen=True)
class Own:
    """How such a field is read from a document and written to it."""

    get: Callable[[Mapping[str, Any], str], Shown]
    put: Callable[[Document, str, Shown], None]


def plain(name: str) -> str:
    """Return the field's name without the channel or the arm that it is about."""
    return re.sub(r"^(?:arms\.\d+\.)?messages\.\w+\.from$", "messages.*.from", name)


def settle(document: Document) -> None:
    """Take away what says nothing any more."""
    send = document.get("send_time")
    if isinstance(send, dict) and not (
        send.get("at") or send.get("best_slot") or send.get("spread_hours")
    ):
        del document["send_time"]


def _goal(document: Mapping[str, Any], _name: str) -> Shown:
    goal = document.get("goal")
    words = goal.get("words") if isinstance(goal, Mapping) else goal
    return words if isinstance(words, str) else ""


def _put_goal(document: Document, _name: str, typed: Shown) -> None:
    if isinstance(document.get("goal"), dict):
        put(document, "goal.words", str(typed) or None)
    else:
        put(document, "goal", str(typed) or None)


def _named(document: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    found = document.get("segment")
    if isinstance(found, str):
        return [found], []
    if not isinstance(found, Mapping) or not set(found) & KEYS:
        return [], []
    lists = (found.get("in"), found.get("but_not"))
    meant, left_out = (
        [str(one) for one in names] if isinstance(names, list) else []
        for names in lists
    )
    return meant, left_out


def _put_segments(document: Document, name: str, typed: Shown) -> None:
    meant, left_out = _named(document)
    if name == "segment.in":
        meant = list(typed)
    else:
        left_out = list(typed)
    if not meant and not left_out:
        document.pop("segment", None)
    elif not meant:
        document["segment"] = {"in": [], "but_not": left_out}
    else:
        document["segment"] = Named(tuple(meant), tuple(left_out)).written()


def _channels(document: Mapping[str, Any], _name: str) -> Shown:
    found = document.get("channels")
    return [str(one) for one in found] if isinstance(found, list) else ["email"]


def _put_channels(document: Document, _name: str, typed: Shown) -> None:
    """Keep the order that was chosen; what comes to it stands last."""
    before = _channels(document, "")
    kept = [one for one in before if one in typed]
    document["channels"] = kept + [one for one in typed if one not in kept]


def _offer(document: Mapping[str, Any], _name: str) -> Shown:
    offer = document.get("offer")
    if not isinstance(offer, Mapping):
        return "none"
    if len(_values(document)) > 1:
        return "values"
    return str(get(offer, "value.policy") or "fixed")


def _put_offer(document: Document, _name: str, typed: Shown) -> None:
    arms = document.get("arms")
    if typed != "values" and _offer(document, "") == "values":
        document.pop("arms", None)
    if typed == "none":
        document.pop("offer", None)
        for arm in arms if isinstance(arms, list) else ():
            if isinstance(arm, dict):
                arm.pop("value", None)
        return
    if not isinstance(document.get("offer"), dict):
        name = str(document.get("name") or "coupons")
        document["offer"] = {"pool": name, "cap": 500, "budget": 5000}
    if typed == "values":
        document["offer"]["value"] = {"policy": "fixed", "amount": 5}
        _put_values(document, "", "5, 10, 15")
    elif typed in ("by_price_sensitivity", "by_rule"):
        document["offer"]["value"] = {
            "policy": str(typed),
            "smallest": 2,
            "largest": 10,
        }
    else:
        document["offer"]["value"] = {"policy": str(typed), "amount": 5}


def _values(document: Mapping[str, Any]) -> list[str]:
    """Return the amounts that arms of their own try against each other."""
    arms = document.get("arms")
    found = [get(one, "value.amount") for one in arms] if isinstance(arms, list) else []
    return [str(one) for one in found if one is not None]


def _show_values(document: Mapping[str, Any], _name: str) -> Shown:
    return ", ".join(_values(document))


def _put_values(document: Document, _name: str, typed: Shown) -> None:
    """Make an arm of each amount; one that is there keeps what it says otherwise."""
    arms = document.get("arms") if isinstance(document.get("arms"), list) else []
    before = {str(get(one, "value.amount")): one for one in arms or ()}
    amounts = dict.fromkeys(one for one in re.split(r"[\s,;]+", str(typed)) if one)
    document["arms"] = [
        before.get(one)
        or {
            "name": f"coupon {one}",
            "value": {"policy": "fixed", "amount": _amount(one)},
        }
        for one in amounts
    ] or [dict(one) for one in DEFAULT_ARMS]


def _amount(text: str) -> Any:
    try:
        found = float(text)
    except ValueError:
        return text
    return int(found) if found.is_integer() and abs(found) < 10**12 else text


def _start(document: Mapping[str, Any], _name: str) -> Shown:
    if document.get("trigger") is not None:
        return "trigger"
    schedule = document.get("schedule")
    if not isinstance(schedule, Mapping):
        return "hand"
    return "repeat" if schedule.get("repeat") else "once"


def _put_start(document: Document, _name: str, typed: Shown) -> None:
    schedule = document.pop("schedule", None)
    trigger = document.pop("trigger", None)
    if typed == "trigger":
        document.pop("segment", None)
        document.pop("allocation", None)
        document["trigger"] = trigger or {
            "kind": "event",
            "events": ["cart"],
            "delay": "1 hour",
            "cool_down": "1 day",
            "cancel_if": ["purchase"],
        }
    elif typed in ("once", "repeat"):
        kept = dict(schedule) if isinstance(schedule, Mapping) else {}
        kept.setdefault("starts", "")
        kept.pop("repeat", None)
        document["schedule"] = kept
        if typed == "repeat":
            kept["repeat"] = RULES["week"]


def _every(document: Mapping[str, Any], _name: str) -> Shown:
    rule = str(get(document, "schedule.repeat") or "").removeprefix("RRULE:")
    plain_rules = {rule: every for every, rule in RULES.items()}
    if rule in plain_rules:
        return plain_rules[rule]
    return "week" if WEEKLY.match(rule) else "other" if rule else ""


def _put_every(document: Document, _name: str, typed: Shown) -> None:
    if str(typed) in RULES:
        put(document, "schedule.repeat", RULES[str(typed)])


def _weekdays(document: Mapping[str, Any], _name: str) -> Shown:
    found = WEEKLY.match(str(get(document, "schedule.repeat") or ""))
    return found[1].split(",") if found else []


def _put_weekdays(document: Document, _name: str, typed: Shown) -> None:
    days = ",".join(day for day in DAYS if day in typed) or "MO"
    put(document, "schedule.repeat", f"FREQ=WEEKLY;BYDAY={days}")


def _trigger(document: Mapping[str, Any], _name: str) -> Shown:
    return str(get(document, "trigger.kind") or "webhook")


def _put_trigger(document: Document, _name: str, typed: Shown) -> None:
    """Change the kind of trigger; keys that another kind had go."""
    trigger = document.get("trigger")
    others = {key for keys in OF_TRIGGER.values() for key in keys}
    ours = set(OF_TRIGGER.get(str(typed), ()))
    kept = {
        key: value
        for key, value in (trigger.items() if isinstance(trigger, Mapping) else ())
        if key not in others - ours
    }
    document["trigger"] = {**kept, "kind": str(typed)}


def _words(document: Mapping[str, Any], name: str) -> Shown:
    """Say where a channel's words come from: a template, a file of ours, or itself."""
    words = get(document, name.rpartition(".")[0])
    if not isinstance(words, Mapping):
        return ""
    if isinstance(words.get("template"), str):
        return TEMPLATE + words["template"]
    mjml = words.get("mjml")
    if isinstance(mjml, Mapping):
        return FILE + str(mjml.get("file") or "").removesuffix(".mjml")
    return OWN if mjml or words.get("html") else ""


def _put_words(document: Document, name: str, typed: Shown) -> None:
    """Take the words from somewhere else; subject and preheader of its own stay."""
    channel, chosen = name.rpartition(".")[0], str(typed)
    if chosen == OWN:
        return
    for key in ("template", "mjml", "html", "text"):
        put(document, f"{channel}.{key}", None)
    if chosen.startswith(TEMPLATE):
        put(document, f"{channel}.template", chosen.removeprefix(TEMPLATE))
    elif chosen.startswith(FILE):
        stem = chosen.removeprefix(FILE)
        put(document, f"{channel}.mjml", {"file": f"{stem}.mjml"})
        put(document, f"{channel}.text", {"file": f"{stem}.txt"})


def _switch(place: str, value: Any) -> Own:
    """Make a switch that puts a whole map in, or takes it away."""

    def is_on(document: Mapping[str, Any], _name: str) -> Shown:
        return ON if document.get(place) is not None else ""

    def turn(document: Document, _name: str, typed: Shown) -> None:
        put(document, place, dict(value) if typed else None)

    return Own(is_on, turn)


FIELDS: dict[str, Own] = {
    "goal.words": Own(_goal, _put_goal),
    "segment.in": Own(lambda document, _name: _named(document)[0], _put_segments),
    "segment.but_not": Own(lambda document, _name: _named(document)[1], _put_segments),
    "channels": Own(_channels, _put_channels),
    "offer.kind": Own(_offer, _put_offer),
    "offer.values": Own(_show_values, _put_values),
    "start": Own(_start, _put_start),
    "schedule.every": Own(_every, _put_every),
    "schedule.days": Own(_weekdays, _put_weekdays),
    "trigger.kind": Own(_trigger, _put_trigger),
    "messages.*.from": Own(_words, _put_words),
    "learns": _switch("allocation", {"by": "thompson"}),
    "quiet": _switch("quiet_hours", {"start": "21:00", "end": "08:00"}),
    "products": _switch("recommendations", {"mode": "all"}),
}
