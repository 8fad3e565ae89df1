"""Words that name an aspect or judge it, in English and Chinese, found by the longest
phrase that fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import yaml

from .tokens import Token, tokens

FOLDER = Path(__file__).with_name("lexicon")
LANGUAGES = ("en", "zh")
GOOD, BAD, MIXED = 1, -1, 0


class Part(StrEnum):
    """What a phrase does in a sentence."""

    NAME = "names"  # names an aspect
    OWN = "own"  # judges its own aspect, whatever stands beside it
    OF = "of"  # judges its own aspect beside one of its names
    ALONE = "alone"  # judges its own aspect where nothing else is named
    ANY = "any"  # judges what it stands beside
    AT_END = "at_end"  # the same, where a clause ends
    NEGATION = "negations"
    CONTRAST = "contrasts"
    WISH = "wishes"
    CONDITION = "conditions"
    NEUTRAL = "neutral"  # looks like one of the others and is none


@dataclass(frozen=True)
class Role:
    """One thing that a phrase does."""

    part: Part
    aspect: str = ""
    polarity: int = 0


OF_ASPECTS = {
    "names": (Part.NAME, 0),
    "good": (Part.OWN, GOOD),
    "bad": (Part.OWN, BAD),
    "good_of": (Part.OF, GOOD),
    "bad_of": (Part.OF, BAD),
    "good_alone": (Part.ALONE, GOOD),
    "bad_alone": (Part.ALONE, BAD),
}
OF_ALL = {
    "positive": Role(Part.ANY, polarity=GOOD),
    "negative": Role(Part.ANY, polarity=BAD),
    "mixed": Role(Part.ANY, polarity=MIXED),
    "positive_at_end": Role(Part.AT_END, polarity=GOOD),
    "negations": Role(Part.NEGATION),
    "contrasts": Role(Part.CONTRAST),
    "wishes": Role(Part.WISH),
    "conditions": Role(Part.CONDITION),
    "neutral": Role(Part.NEUTRAL),
}


@dataclass(frozen=True)
class Hit:
    """A phrase found: tokens ``first`` to before ``last``."""

    first: int
    last: int
    roles: tuple[Role, ...]

    def having(self, *parts: Part) -> list[Role]:
        return [role for role in self.roles if role.part in parts]

    def names(self) -> list[str]:
        return [role.aspect for role in self.roles if role.part is Part.NAME]


class Lexicon:
    """Phrases by their first token, longest first."""

    def __init__(self, phrases: Mapping[tuple[str, ...], Iterable[Role]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], tuple[Role, ...]]]] = {}
        for phrase, roles in phrases.items():
            self._by_first.setdefault(phrase[0], []).append(
                (phrase, tuple(dict.fromkeys(roles)))
            )
        for found in self._by_first.values():
            found.sort(key=lambda one: -len(one[0]))
        self.phrases = dict(phrases)

    def hits(self, words: Sequence[Token]) -> list[Hit]:
        """Return the phrases of a text, none over another."""
        found, at = [], 0
        texts = tuple(word.text for word in words)
        while at < len(texts):
            hit = self._longest(texts, at)
            if hit is not None:
                found.append(hit)
            at = hit.last if hit else at + 1
        return found

    def _longest(self, texts: tuple[str, ...], at: int) -> Hit | None:
        for phrase, roles in self._by_first.get(texts[at], ()):
            if texts[at : at + len(phrase)] == phrase:
                return Hit(at, at + len(phrase), roles)
        return None

    def with_names(self, mined: Mapping[str, Iterable[str]]) -> Lexicon:
        """Return it with aspects of a shop's own: the names of each."""
        phrases = {phrase: list(roles) for phrase, roles in self.phrases.items()}
        for aspect, names in mined.items():
            for name in names:
                if phrase := _phrase(name):
                    phrases.setdefault(phrase, []).append(Role(Part.NAME, aspect))
        return Lexicon(phrases)


@lru_cache(maxsize=1)
def built_in() -> Lexicon:
    """Return the words of all languages; they don't meet in one text but by its
    writer's will.
    """
    phrases: dict[tuple[str, ...], list[Role]] = {}
    for language in LANGUAGES:
        for phrase, role in _listed(language):
            phrases.setdefault(phrase, []).append(role)
    return Lexicon(phrases)


@lru_cache(maxsize=1)
def aspects() -> tuple[str, ...]:
    """Return the aspects that are known without a shop's own."""
    found = dict.fromkeys(
        aspect for language in LANGUAGES for aspect in _read(language)["aspects"]
    )
    return tuple(found)


def _listed(language: str) -> Iterable[tuple[tuple[str, ...], Role]]:
    read = _read(language)
    for aspect, lists in read["aspects"].items():
        for kind, words in lists.items():
            part, polarity = OF_ASPECTS[kind]
            for phrase in _spellings(words, part, language):
                yield phrase, Role(part, aspect, polarity)
    for kind, role in OF_ALL.items():
        for word in read.get(kind, ()):
            yield _phrase(word), role


def _spellings(
    words: Iterable[str], part: Part, language: str
) -> Iterable[tuple[str, ...]]:
    """Yield the phrases; an English name is one in the plural too."""
    for word in words:
        phrase = _phrase(word)
        yield phrase
        if part is Part.NAME and language == "en" and not word.endswith("s"):
            yield (*phrase[:-1], phrase[-1] + "s")


def _phrase(words: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokens(words) if not token.is_sign)


@lru_cache(maxsize=len(LANGUAGES))
def _read(language: str) -> dict:
    file = FOLDER / f"{language}.yaml"
    # every word is a text here, "off" and "true" as well
    return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
