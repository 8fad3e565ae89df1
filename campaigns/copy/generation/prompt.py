"""What a model is asked, and its answer as single lines. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from campaigns.copy.bank.openings import PLACEHOLDERS

LONGEST_LINE = 200  # letters: an opening, not a letter
LONGEST_BRIEF = 1_000
MOST_LINES = 40
LANGUAGES = {"en": "English", "zh-hans": "Simplified Chinese"}
MARK = re.compile(r"^\s{0,8}(?:[-*•]|\d{1,2}[.)、:])\s{0,4}")
QUOTES = "\"'“”‘’「」"
PLACEHOLDER = re.compile(r"\{\{[^{}]{0,80}\}\}|\[[^\[\]]{1,40}\]|<[^<>]{1,40}>")


@dataclass(frozen=True)
class Brief:
    """What a line is for."""

    language: str
    goal: str
    tone: str
    about: str = ""  # in the marketer's words
    voice: str = ""  # how the shop sounds
    n: int = 10


def messages(brief: Brief) -> list[dict[str, str]]:
    """Return the conversation that asks for lines.

    The brief is data: whatever it asks for, the fact check stands behind the answer.
    """
    rules = (
        f"You write opening lines for a shop's messages in {LANGUAGES[brief.language]}."
        " Each line is one or two short sentences without any fact: no number, price,"
        " discount, date, name, link, promise, comparison or hurry."
        f" Only these placeholders may stand in a line: {', '.join(PLACEHOLDERS)}."
        f" Answer with a JSON list of {brief.n} strings and nothing else."
    )
    asked = [f"Goal: {brief.goal.replace('_', ' ')}.", f"Tone: {brief.tone}."]
    if brief.voice:
        asked.append(f"How the shop sounds: {brief.voice[:LONGEST_BRIEF]}")
    if brief.about:
        asked.append(f"About: {brief.about[:LONGEST_BRIEF]}")
    return [
        {"role": "system", "content": rules},
        {"role": "user", "content": "\n".join(asked)},
    ]


def lines(answer: str) -> list[str]:
    """Return the lines of an answer, a JSON list or one line each, without marks; those
    with other placeholders, or too long for an opening, are left out.
    """
    found = _listed(answer)
    if found is None:
        found = [MARK.sub("", line) for line in answer.splitlines()]
    tidy = (" ".join(one.split()).strip(QUOTES + ",") for one in found)
    kept = [one for one in tidy if _is_fit(one)]
    return list(dict.fromkeys(kept))[:MOST_LINES]


def _listed(answer: str) -> list[str] | None:
    start, end = answer.find("["), answer.rfind("]")
    try:
        said = json.loads(answer[start : end + 1]) if 0 <= start < end else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, list):
        return None
    return [one for one in said if isinstance(one, str)]


def _is_fit(line: str) -> bool:
    if not 5 <= len(line) <= LONGEST_LINE:
        return False
    return all(one in PLACEHOLDERS for one in PLACEHOLDER.findall(line))
