"""What is wrong with a journey that is being written, at its step and in words; and what
may be a slip, such as an event that was never seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from campaigns.admin.editor import offered
from campaigns.admin.editor.problem_words import in_language
from campaigns.admin.journeys.step_words import rule_words
from campaigns.content.journey_outline import kind_of, place_of, walk
from campaigns.content.message_parts import PARTS
from campaigns.lifecycle.draft_problems import DraftProblem, look
from campaigns.models import Campaign, Template
from profiles.segments.builder.choices import choices
from profiles.segments.builder.problems import problems as of_rule
from retention_site.lib.admin.words import said

PANELS = {  # what of a journey that is no step is written in which panel
    "trigger": "enter",
    "schedule": "enter",
    "segment": "enter",
    "again": "enter",
    "leave": "leave",
}
GOAL = "goal"


@dataclass(frozen=True)
class Found:
    """Problems and doubts, each by the place of its step or the name of its panel."""

    problems: dict[str, list[str]] = field(default_factory=dict)
    doubts: dict[str, list[str]] = field(default_factory=dict)
    # of one step or panel: the fields that they are about
    fields: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return sum(len(said) for said in self.problems.values())

    def add(self, place: str, below: str, words: str) -> None:
        said = self.problems.setdefault(place, [])
        if words not in said:
            said.append(words)
        self.fields.setdefault(place, {}).setdefault(below, []).append(words)


def find(document: Mapping[str, Any], campaign: Campaign | None = None) -> Found:
    """Look at a journey to its end."""
    found = Found()
    for one in look(document, campaign).problems:
        place, below = _split(document, one.place)
        found.add(place, below, _in_words(one, below))
    for place, step in walk(document):
        for below, words in _of_rules(step):
            if place not in found.problems:
                found.add(place, below, words)
    for place, words in _doubts(document):
        found.doubts.setdefault(place, []).append(words)
    return found


def _split(document: Mapping[str, Any], place: str) -> tuple[str, str]:
    """Part a place into that of its step, or its panel, and the field below it."""
    top, _dot, rest = place.partition(".")
    if top != "steps":
        return PANELS.get(top, GOAL), place
    places = [one for one, _step in walk(document)]
    holding = [one for one in places if f"{place}.".startswith(f"{one}.")]
    if holding:
        step = max(holding, key=len)
        below = place[len(step) + 1 :]
        return step, below.removeprefix("message.")
    named = place_of(document, rest.partition(".")[0])
    return (named, rest.partition(".")[2]) if named else ("steps", "")


def _in_words(problem: DraftProblem, below: str) -> str:
    words = problem.words
    for said_so, ours in _sayings():
        if said_so in words:
            return ours
    return in_language(DraftProblem(below or problem.place, words))


def _sayings() -> list[tuple[str, str]]:
    """The reader's sentences, as somebody who draws says them."""
    return [
        ("can't be reached", _("No way leads to this step.")),
        ("a journey needs at least one step", _("Add the first step.")),
        ("an event or a rule (if) is waited for", _("Choose an event or a rule.")),
        ("a wait without an end never ends", _("Say how long it waits at most.")),
        ("there is no step", _("Choose a step to go on with.")),
        ("comes before it", _("A journey only goes forwards: choose a later step.")),
        ("a trait and its value are expected", _("Say which trait it keeps.")),
        ("two arms or more", _("Two arms or more, each with its own name.")),
        ("the weights add up to 0", _("One arm needs a weight.")),
        ("how long, or until when", _("Say how long it waits.")),
        ("says who enters", _("Say who enters.")),
        ("is not a length such as", _("Such as 45 minutes, 1 hour or 3 days.")),
    ]


def _of_rules(step: Any) -> Iterator[tuple[str, str]]:
    """A rule that means nobody in particular, or can't be read."""
    kind = kind_of(step)
    says = step.get(kind) if kind else None
    if kind not in ("split", "wait_until") or not isinstance(says, Mapping):
        return
    rule = says.get("if")
    if kind == "wait_until" and rule is None:
        return
    if not isinstance(rule, Mapping) or not any(rule.values()):
        yield f"{kind}.if", _("Say the rule.")
        return
    for one in of_rule(rule)[:1]:
        yield f"{kind}.if", f"{rule_words(rule)}: {one.words}"


def _doubts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = [one.value for one in choices("event_type")]
    for place, names in _events(document) if known else ():
        for name in names:
            if name not in offered.EVENTS and not _is_seen(name):
                yield place, _never_seen(name, known)
    templates = dict(Template.objects.values_list("name", "channel"))
    for place, step in walk(document):
        says = step.get("message") if kind_of(step) == "message" else None
        if isinstance(says, Mapping):
            yield from ((place, words) for words in _of_templates(says, templates))


def _of_templates(
    says: Mapping[str, Any], templates: Mapping[str, str]
) -> Iterator[str]:
    """A template for a channel on which the step doesn't speak says nothing."""
    channels = says.get("channels") or ["email"]
    messages = says.get("messages")
    for channel, words in (messages if isinstance(messages, Mapping) else {}).items():
        name = words.get("template") if isinstance(words, Mapping) else None
        if channel in PARTS and channel not in channels:
            yield _("It has words for %(channel)s, but isn't sent there.") % {
                "channel": said(channel)
            }
        elif isinstance(name, str) and templates.get(name, channel) != channel:
            yield _("The template “%(name)s” is for %(channel)s.") % {
                "name": name,
                "channel": said(templates[name]),
            }


def _events(document: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    trigger, leave = document.get("trigger"), document.get("leave")
    if isinstance(trigger, Mapping):
        yield "enter", _texts(trigger.get("events"))
    if isinstance(leave, Mapping):
        yield "leave", _texts(leave.get("goal"))
    for place, step in walk(document):
        says = step.get("wait_until") if kind_of(step) == "wait_until" else None
        if isinstance(says, Mapping):
            yield place, _texts(says.get("event"))


def _texts(found: Any) -> list[str]:
    named = found if isinstance(found, list | tuple) else [found]
    return [one for one in named if isinstance(one, str) and one]


def _is_seen(name: str) -> bool:
    return any(one.value == name for one in choices("event_type", name))


def _never_seen(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.7)
    words = _("“%(event)s” was never seen; a typo?") % {"event": name}
    if not near:
        return words
    return words + " " + _("Perhaps %(event)s.") % {"event": near[0]}
