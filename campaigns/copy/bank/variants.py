"""Openings to choose from for a text that is being written, in a stated order. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from campaigns.copy.bank.openings import PLACEHOLDERS, Opening, verdict

MOST = 5
SPLIT = re.compile("(" + "|".join(re.escape(one) for one in PLACEHOLDERS) + ")")
FACTS = dict(zip(PLACEHOLDERS, ("name", "shop"), strict=True))
# What stands there for those without it, in the language of the line.
OTHERWISE = {"name": {"en": "friend", "zh-hans": "朋友"}}


def variants(
    openings: Iterable[Opening],
    beside: str,
    most: int = MOST,
    *,
    banned: tuple[str, ...] = (),
) -> list[Opening]:
    """Return the lines that pass the check: those least like the text beside them
    first, of equals the shorter.
    """
    passing = [one for one in openings if verdict(one.text, one.language, banned).is_ok]
    ranked = sorted(
        passing, key=lambda one: (likeness(one.text, beside), len(one.text))
    )
    return ranked[:most]


def likeness(line: str, text: str) -> float:
    """Return the share of a line's pairs of letters that a text holds, in tenths."""
    told, there = _pairs(line), _pairs(text)
    return round(len(told & there) / len(told), 1) if told else 0.0


def _pairs(text: str) -> set[str]:
    letters = re.sub(r"\W+", "", text.lower())
    return {letters[i : i + 2] for i in range(len(letters) - 1)}


def runs(opening: Opening) -> Sequence[dict[str, str]]:
    """Return a line as the editor keeps it: letters, and a chip for a placeholder."""
    return [
        _chip(FACTS[part], opening.language) if part in FACTS else {"text": part}
        for part in SPLIT.split(opening.text)
        if part
    ]


def _chip(fact: str, language: str) -> dict[str, str]:
    return {"fact": fact, "otherwise": OTHERWISE.get(fact, {}).get(language, "")}
