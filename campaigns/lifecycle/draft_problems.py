"""Everything that keeps a document from being sent for review, each at its place."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.message_parts import PARTS
from campaigns.lifecycle import journey_stand_ins
from campaigns.lifecycle.documents import content_of
from campaigns.lifecycle.drafts import is_free
from campaigns.models import Campaign

MOST = 40  # problems of one document; nobody reads more
# what stands in for a key that is missing or wrong, so that the rest can be read
STAND_INS: dict[str, Any] = {
    "name": "?",
    "segment": {"all": []},
    "offer.pool": "?",
    "offer.cap": 1,
    "offer.budget": 1,
    "offer.value": {"policy": "fixed", "amount": 1},
    "schedule.starts": "2000-01-01T00:00",
    "trigger.segment": "?",
    "trigger.events": ["?"],
    "trigger.cool_down": "1 day",
    "layer.name": "?",
    "steps": [{"set": {"?": "?"}}],
}


@dataclass(frozen=True)
class DraftProblem:
    """One sentence, and the key of the document that it is about."""

    place: str
    words: str


@dataclass(frozen=True)
class Looked:
    """What a document comes to as far as it can be read, and what is wrong with it."""

    content: dict[str, Any] | None  # as a version would keep it; None: unreadable
    problems: tuple[DraftProblem, ...]

    @property
    def is_whole(self) -> bool:
        return not self.problems


def look(document: Mapping[str, Any], campaign: Campaign | None = None) -> Looked:
    """Read a document to its end: each problem is noted, and a stand-in put there."""
    trial, found = deepcopy(dict(document)), list(_of_name(document, campaign))
    mended: set[str] = set()
    for _each in range(MOST):
        try:
            return Looked(content_of(trial), tuple(found))
        except BadCampaign as error:
            problem = _placed(str(error))
        top = problem.place.partition(".")[0]
        if problem.place not in {one.place for one in found}:
            found.append(problem)
        # a place that is wrong a second time can't be mended: what holds it goes
        place = top if problem.place in mended else problem.place
        if place.startswith("steps."):
            if not journey_stand_ins.put(trial, place, problem.words):
                break
            continue
        if place in mended or not _mend(trial, place):
            break
        mended.add(place)
    return Looked(None, tuple(found))


def _of_name(
    document: Mapping[str, Any], campaign: Campaign | None
) -> list[DraftProblem]:
    name = document.get("name")
    if campaign is None or name == campaign.name or not isinstance(name, str):
        return []
    if campaign.versions.exists():
        words = f"is fixed to {campaign.name!r}; copy the campaign for another name."
    elif not is_free(name, campaign):
        words = "another campaign has this name." if name else "is missing."
    else:
        return []
    return [DraftProblem("name", words)]


def _placed(sentence: str) -> DraftProblem:
    place, colon, words = sentence.partition(": ")
    place = place.partition(" or ")[0]  # mjml or html
    if not colon or " " in place:
        return DraftProblem("", sentence)
    return DraftProblem(place, words)


def _mend(trial: dict[str, Any], place: str) -> bool:
    """Take away what a problem is about, or put something in where it is missing; say
    whether that was possible.
    """
    if place == "trigger" and trial.get("steps") and trial.get(place) is None:
        trial[place] = {"kind": "api"}  # a journey: somebody enters it somehow
        return True
    if place in STAND_INS:
        return _put(trial, place.split("."), STAND_INS[place])
    if place.startswith(("messages.", "arms.")) and "messages." in place:
        return _put_words(trial, place)
    return _drop(trial, place.split("."))


def _put(holder: Any, keys: list[str], value: Any) -> bool:
    for key in keys[:-1]:
        holder = _below(holder, key)
    if not isinstance(holder, dict):
        return False
    holder[keys[-1]] = deepcopy(value)
    return True


def _put_words(trial: dict[str, Any], place: str) -> bool:
    """Give a channel all words that it needs: of what is there nothing else is asked."""
    channel = place.partition("messages.")[2].partition(".")[0]
    if channel not in PARTS:
        return _drop(trial, place.split("."))
    for holder in (trial, *_maps(trial.get("arms"))):
        if isinstance(said := holder.get("messages"), dict):
            said.pop(channel, None)
    if not isinstance(trial.get("messages"), dict):
        trial["messages"] = {}
    trial["messages"][channel] = {part.key: "?" for part in PARTS[channel]}
    return True


def _maps(found: Any) -> list[dict[str, Any]]:
    items = found if isinstance(found, list) else []
    return [one for one in items if isinstance(one, dict)]


def _drop(trial: dict[str, Any], keys: list[str]) -> bool:
    holder: Any = trial
    for place, key in enumerate(keys):
        below = _below(holder, key)
        if (
            below is None
            or place == len(keys) - 1
            or not isinstance(below, dict | list)
        ):
            return _pop(holder, key) or bool(place and trial.pop(keys[0], None))
        holder = below
    return False


def _below(holder: Any, key: str) -> Any:
    if isinstance(holder, list) and key.isdecimal() and 0 < int(key) <= len(holder):
        return holder[int(key) - 1]
    return holder.get(key) if isinstance(holder, dict) else None


def _pop(holder: Any, key: str) -> bool:
    if isinstance(holder, dict) and key in holder:
        del holder[key]
        return True
    if isinstance(holder, list) and key.isdecimal() and 0 < int(key) <= len(holder):
        del holder[int(key) - 1]
        return True
    return False
