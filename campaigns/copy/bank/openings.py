"""Openings by goal, tone and language, none with a fact of its own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from campaigns.copy.fact_check.check import Verdict, check
from campaigns.copy.fact_check.draft import BLOT
from campaigns.copy.fact_check.facts import LANGUAGES, Facts

GOALS = (
    "welcome",
    "second_purchase",
    "win_back",
    "cart",
    "birthday",
    "price_drop",
    "back_in_stock",
    "thanks",
    "review_asked",
    "news",
)
TONES = ("plain", "warm", "playful")
# All that may differ from customer to customer in a line.
PLACEHOLDERS = ("{{ customer.first_name }}", "{{ shop.name }}")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Opening:
    """One line and when it fits."""

    language: str
    goal: str
    tone: str
    text: str
    source: str = "bank"  # or shop, or the name of the model that wrote it


@cache
def ours() -> tuple[Opening, ...]:
    """Return every opening that the house has written."""
    return tuple(one for language in LANGUAGES for one in _of(language))


def fitting(
    openings: Sequence[Opening], language: str, goal: str, tone: str
) -> list[Opening]:
    """Return the openings of one goal and tone in one language, in their order."""
    wanted = (language, goal, tone)
    return [one for one in openings if (one.language, one.goal, one.tone) == wanted]


def verdict(text: str, language: str, banned: tuple[str, ...] = ()) -> Verdict:
    """Say what a line claims that nobody has borne out: any fact at all is one too many."""
    for placeholder in PLACEHOLDERS:
        text = text.replace(placeholder, BLOT * len(placeholder))
    return check(text, Facts(language=language, banned=banned))


def _of(language: str) -> list[Opening]:
    said = yaml.safe_load((HERE / f"{language}.yaml").read_text(encoding="utf-8"))
    return [
        Opening(language, goal, tone, text)
        for goal, tones in said.items()
        for tone, texts in tones.items()
        for text in texts
    ]
