"""Read the steps of a journey. Pure: every kind takes its own keys and no others.

A step is a map of one kind and what it says, and a key by which reports and moves name
it. Branches hold steps of their own and join again where the list goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from campaigns.content.mapping_reader import BadCampaign, Section
from campaigns.content.timing import wall_time
from campaigns.content.triggers import DAYS, SPAN, events, span

NEVER, EACH = "never", "each"  # how often somebody may enter
SINCE = ("step", "entry")  # from when on an awaited event counts
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
BELOW = {"yes": "then", "no": "else", "happened": "then", "in vain": "else"}
KEY = re.compile(r"\A[a-z0-9][a-z0-9_-]{0,39}\Z")
LONGEST = timedelta(days=366)
MOST_STEPS = 200
DEEPEST = 8

ReadMessage = Callable[[Section], dict[str, Any]]
Step = dict[str, Any]


def again(top: Section) -> str:
    """Take how often one customer may enter: never again, for each object, after a
    span.
    """
    text = top.text("again", NEVER)
    if text not in (NEVER, EACH):
        _checked_span(top, "again", text)
    return text


def leave(section: Section) -> dict[str, Any]:
    """Take what ends the journey early: events that reach its goal (`same`: of the
    object by which one entered), a rule whom it fits goes no further.
    """
    return {
        "goal": list(events(section, "goal", ())),
        "same": section.text("same", ""),
        "if": _rule(section, "if", is_needed=False),
    }


def steps(top: Section, read_message: ReadMessage) -> list[Step]:
    """Read all steps; raise `BadCampaign` naming the step."""
    names: dict[str, int] = {}
    found = _sequence(top, "steps", _Reader(read_message, names), depth=0)
    if not found:
        raise top.refuse("steps", "a journey needs at least one step.")
    return found


def walk(found: list[Step]) -> Iterator[Step]:
    """Yield every step, branches after the step that they belong to."""
    for step in found:
        yield step
        for _name, branch in branches(step):
            yield from walk(branch)


def kind_of(step: Mapping[str, Any]) -> str:
    """Return what kind of step this is."""
    return next(kind for kind in step if kind != "key")


def branches(step: Mapping[str, Any]) -> list[tuple[str, list[Step]]]:
    """Return a step's branches by the outcome that leads there."""
    kind = kind_of(step)
    says = step[kind]
    if kind == "test":
        return [(arm["name"], arm["steps"]) for arm in says["arms"]]
    if kind == "split":
        return [("yes", says["then"]), ("no", says["else"])]
    if kind == "wait_until":
        return [("happened", says["then"]), ("in vain", says["else"])]
    return []


def paths(found: list[Step], at: str = "steps") -> dict[str, str]:
    """Return by key where each step stands, as the sentence about a mistake says it."""
    known = {}
    for n, step in enumerate(found, 1):
        kind, path = kind_of(step), f"{at}.{n}"
        known[step["key"]] = path
        for place, (outcome, branch) in enumerate(branches(step), 1):
            below = f"arms.{place}.steps" if kind == "test" else BELOW[outcome]
            known |= paths(branch, f"{path}.{kind}.{below}")
    return known


class _Reader:
    """What all steps of one journey share while they are read."""

    def __init__(self, read_message: ReadMessage, names: dict[str, int]) -> None:
        self.read_message, self.names, self.n = read_message, names, 0
        self.counts: dict[str, int] = {}

    def name(self, section: Section, kind: str) -> str:
        """Take a step's key, or make the next one of its kind."""
        key = section.text("key", "")
        if not key:
            while not key or key in self.names:
                self.counts[kind] = self.counts.get(kind, 0) + 1
                key = f"{kind}_{self.counts[kind]}"
        if not KEY.match(key):
            raise section.refuse(
                "key",
                f"{key!r} is no name of a step: small letters, digits, _ and -.",
            )
        if key in self.names:
            raise section.refuse("key", f"two steps are named {key!r}.")
        self.names[key] = self.n
        self.n += 1
        if self.n > MOST_STEPS:
            raise section.refuse("key", f"a journey has at most {MOST_STEPS} steps.")
        return key


def _sequence(top: Section, key: str, reader: _Reader, depth: int) -> list[Step]:
    if depth > DEEPEST:
        raise top.refuse(key, f"branches lie at most {DEEPEST} deep.")
    raw = top.list(key, [])
    found = [
        Section(one, f"{top.at(key)}.{place}").through(
            lambda section: _step(section, reader, depth)
        )
        for place, one in enumerate(raw, 1)
    ]
    for place, step in enumerate(found[:-1], 1):
        if kind_of(step) in ("end", "go_to"):
            raise top.refuse(
                f"{key}.{place + 1}",
                f"can't be reached: {step['key']!r} before it goes elsewhere.",
            )
    return found


def _step(section: Section, reader: _Reader, depth: int) -> Step:
    kinds = [kind for kind in KINDS if kind in section.raw]
    if len(kinds) != 1:
        where = section.at(kinds[1]) if kinds else section.path
        said = f", not {' and '.join(kinds)}" if kinds else ""
        raise BadCampaign(f"{where}: a step says one of {', '.join(KINDS)}{said}.")
    kind = kinds[0]
    key = reader.name(section, kind)
    return {"key": key, kind: KINDS[kind](section, reader, depth)}


def _wait(section: Section, _reader: _Reader, _depth: int) -> dict[str, Any]:
    """`wait: 1 day`, or a map that says until when."""
    if isinstance(section.raw.get("wait"), str):
        return {"for": _checked_span(section, "wait", section.text("wait"))}
    if not section.raw["wait"]:
        raise section.refuse("wait", "how long, or until when, is missing.")
    found: dict[str, Any] = section.read("wait", _until)
    return found


def _until(section: Section) -> dict[str, Any]:
    if section.has("for"):
        return {"for": _checked_span(section, "for", section.text("for"))}
    if section.has("date_of"):
        return {
            "date_of": section.choice("date_of", DAYS),
            "days_before": section.whole("days_before", 0, low=0, high=60),
            "at": wall_time(section, "at", "09:00"),
        }
    if section.has("date"):
        return {"date": _date(section), "at": wall_time(section, "at", "09:00")}
    if section.flag("best_hour", default=False):
        return {"best_hour": True, "at": wall_time(section, "at", "10:00")}
    return {
        "at": wall_time(section, "at", "09:00"),
        "weekday": list(section.choices("weekday", WEEKDAYS)),
    }


def _date(section: Section) -> str:
    said = str(section.take("date"))
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError:
        raise section.refuse(
            "date", f"a day such as 2026-12-24 is expected, not {said!r}."
        ) from None


def _wait_until(section: Section, reader: _Reader, depth: int) -> dict[str, Any]:
    def read(said: Section) -> dict[str, Any]:
        names, rule = events(said, "event", ()), _rule(said, "if", is_needed=False)
        if bool(names) == bool(rule):
            raise said.refuse("event", "an event or a rule (if) is waited for.")
        if not said.has("at_most"):
            raise said.refuse(
                "at_most", "is missing: a wait without an end never ends."
            )
        return {
            "event": list(names),
            "same": said.text("same", ""),
            "if": rule,
            "at_most": _checked_span(said, "at_most", said.text("at_most")),
            "since": said.choice("since", SINCE, SINCE[0]),
            "then": _sequence(said, "then", reader, depth + 1),
            "else": _sequence(said, "else", reader, depth + 1),
        }

    return _needed(section, "wait_until", read)


def _split(section: Section, reader: _Reader, depth: int) -> dict[str, Any]:
    def read(said: Section) -> dict[str, Any]:
        return {
            "if": _rule(said, "if", is_needed=True),
            "then": _sequence(said, "then", reader, depth + 1),
            "else": _sequence(said, "else", reader, depth + 1),
        }

    return _needed(section, "split", read)


def _test(section: Section, reader: _Reader, depth: int) -> dict[str, Any]:
    def arm(said: Section) -> dict[str, Any]:
        name = said.text("name")
        if not name:
            raise said.refuse("name", "an arm needs a name.")
        return {
            "name": name,
            "weight": said.number("weight", 1, low=0, high=1e6),
            "steps": _sequence(said, "steps", reader, depth + 1),
        }

    def read(said: Section) -> dict[str, Any]:
        arms = [
            Section(one, f"{said.at('arms')}.{place}").through(arm)
            for place, one in enumerate(said.list("arms"), 1)
        ]
        names = [one["name"] for one in arms]
        if len(arms) < 2 or len(set(names)) < len(names):
            raise said.refuse("arms", "two arms or more, each with its own name.")
        if not sum(one["weight"] for one in arms):
            raise said.refuse("arms", "the weights add up to 0.")
        return {"arms": arms}

    return _needed(section, "test", read)


def _message(section: Section, reader: _Reader, _depth: int) -> dict[str, Any]:
    found = section.section("message")
    if found is None:
        raise section.refuse("message", "what is said is missing.")
    return reader.read_message(found)


def _set(section: Section, _reader: _Reader, _depth: int) -> dict[str, Any]:
    found = section.take("set")
    if not isinstance(found, Mapping) or not found:
        raise section.refuse("set", "a trait and its value are expected.")
    for name, value in found.items():
        if not isinstance(name, str) or not name or len(name) > 100:
            raise section.refuse("set", "a trait's name has 1 to 100 letters.")
        if not isinstance(value, str | int | float | bool):
            raise section.refuse(f"set.{name}", "words, a number or yes/no is kept.")
    return dict(found)


def _go_to(section: Section, _reader: _Reader, _depth: int) -> str:
    return section.text("go_to")


def _end(section: Section, _reader: _Reader, _depth: int) -> str:
    return section.text("end", "") or "end"


KINDS: dict[str, Callable[[Section, _Reader, int], Any]] = {
    "wait": _wait,
    "wait_until": _wait_until,
    "split": _split,
    "test": _test,
    "message": _message,
    "set": _set,
    "go_to": _go_to,
    "end": _end,
}


def _needed(section: Section, key: str, read: Callable[[Section], Any]) -> Any:
    below = section.section(key)
    if below is None:
        raise section.refuse(key, "is empty.")
    return below.through(read)


def _rule(section: Section, key: str, *, is_needed: bool) -> dict[str, Any] | None:
    found = section.take(key)
    if found is None and not is_needed:
        return None
    if not isinstance(found, Mapping) or not found:
        raise section.refuse(
            key, "a rule (all, any or none of …, or a predicate) is expected."
        )
    return dict(found)


def _checked_span(section: Section, key: str, text: str) -> str:
    if not SPAN.match(text) or not timedelta(0) < span(text) <= LONGEST:
        raise section.refuse(
            key,
            f"{text!r} is not a length such as 45 minutes, 1 hour or 3 days (a year at"
            " most).",
        )
    return text
