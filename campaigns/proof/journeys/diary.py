"""One customer's way through a journey in sentences, whether it was walked or rehearsed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from campaigns.content.journey_graph import Place
from retention_site.lib.admin.words import moment, said

HAPPENED, IN_VAIN, YES, NO = "happened", "in vain", "yes", "no"


@dataclass(frozen=True)
class Told:
    """What was decided on a message, and why."""

    state: str  # a message's state; of a rehearsal: sent or held
    reason: str = ""
    channel: str = ""
    why: str = ""
    leaves: datetime | None = None


@dataclass(frozen=True)
class Visit:
    """One step of one way; without an outcome somebody stands there."""

    place: Place
    arrived: datetime
    moved_on: datetime | None
    outcome: str = ""
    message: Told | None = None
    has_left: bool = False  # the journey, here, for the reason in `outcome`


@dataclass(frozen=True)
class Way:
    """One entry: what let the customer in, what chance drew, how it ended."""

    entered: datetime
    about: str
    held_by: str
    visits: Sequence[Visit]
    ended: datetime | None = None
    reason: str = ""
    version: int | None = None


def diary(ways: Sequence[Way]) -> list[dict[str, Any]]:
    """Return each way as facts and sentences, in the order of time."""
    return [_way(one) for one in sorted(ways, key=lambda one: (one.entered, one.about))]


def sentences(entries: Sequence[dict[str, Any]]) -> list[str]:
    """List all sentences of a diary."""
    return [
        words
        for entry in entries
        for words in (
            entry["sentence"],
            *(step["sentence"] for step in entry["steps"]),
            *([entry["ending"]] if entry["ending"] else []),
        )
    ]


def _way(way: Way) -> dict[str, Any]:
    return {
        "entered": way.entered,
        "object": way.about,
        "version": way.version,
        "held_by": way.held_by,
        "ended": way.ended,
        "reason": way.reason,
        "is_inside": way.ended is None,
        "sentence": _entry(way),
        "steps": [_visit(one) for one in way.visits],
        "ending": _ending(way),
    }


def _entry(way: Way) -> str:
    at = moment(way.entered)
    words = (
        _("{at}: entered with {object}.").format(at=at, object=way.about)
        if way.about
        else _("{at}: entered.").format(at=at)
    )
    if not way.held_by:
        return words
    held = _("Held back ({why}): walks the steps, gets no message.")
    return f"{words} {held.format(why=said(way.held_by))}"


def _ending(way: Way) -> str:
    if way.ended is None:
        return ""
    return _("{at}: the journey ended: {why}.").format(
        at=moment(way.ended), why=said(way.reason)
    )


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "step": visit.place.key,
        "kind": visit.place.kind,
        "arrived": visit.arrived,
        "moved_on": visit.moved_on,
        "outcome": visit.outcome,
        "message": asdict(visit.message) if visit.message else None,
        "sentence": _sentence(visit),
    }


def _sentence(visit: Visit) -> str:
    step, place = visit.place.key, visit.place
    since, until = moment(visit.arrived), moment(visit.moved_on)
    if visit.moved_on is None:
        return _("{since}: waits at {step}.").format(since=since, step=step)
    if visit.has_left:
        return _("{until}: left at {step}.").format(until=until, step=step)
    match place.kind:
        case "wait":
            words = _("{since}: waited at {step} until {until}.")
        case "wait_until" if visit.outcome == HAPPENED:
            words = _("{until}: at {step} came what was waited for.")
        case "wait_until":
            words = _("{until}: at {step} nothing had come.")
        case "split" if visit.outcome == YES:
            words = _("{until}: the rule of {step} held.")
        case "split":
            words = _("{until}: the rule of {step} did not hold.")
        case "test":
            words = _("{until}: {step} drew “{outcome}”.")
        case "message":
            return _message(visit)
        case "set":
            words = _("{until}: {step} noted attributes.")
        case _:
            words = _("{until}: passed {step}.")
    return words.format(since=since, until=until, step=step, outcome=visit.outcome)


def _message(visit: Visit) -> str:
    told, step, at = visit.message, visit.place.key, moment(visit.moved_on)
    if told is None:
        return _("{at}: {step} has no message.").format(at=at, step=step)
    if told.reason and not told.channel:
        return _("{at}: no message of {step}: {reason}.").format(
            at=at, step=step, reason=said(told.reason)
        )
    words = _("{at}: message of {step} by {channel}, {state}.").format(
        at=moment(told.leaves) if told.leaves else at,
        step=step,
        channel=said(told.channel),
        state=said(told.state),
    )
    also = [said(told.reason)] if told.reason else []
    also += [told.why] if told.why else []
    return " ".join([words, *also])
