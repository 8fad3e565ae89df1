"""Sentences that are kept in English, said in the page's language.

What is kept was written with gettext in English, so the catalogue's message is its code
and the values stand in its gaps: they are read out, said themselves, and put into the
translation. Nothing else is stored, and old rows are read as new ones are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from babel.messages.mofile import read_mo
from django.conf import settings
from django.utils.translation import get_language, gettext, to_locale

# %(name)s, %(n)d, %s, {name} and {name:spec}; a doubled %% is one character
GAP = re.compile(r"%\((\w+)\)([sd])|%([sd])|\{(\w+)(?::[^{}]*)?\}")
NUMBER = r"[+−-]?\d[\d.,]*"
FIGURE = re.compile(NUMBER + r"(?:[–-]\d+|\+)?(?: ?%| [A-Z]{3}| points| Q[1-4])?")
# a value never holds the end of a sentence
VALUE = r"(?:(?![.!?] |; ).)+?"
# a message with fewer characters of its own is known by its values, too
FEW = 10
LONGEST = 600  # characters; what is longer is no sentence
MOST_GAPS = 10
LEAST_WORDS = re.compile(r"[A-Za-z]{2,}")
ENDS, CLAUSES = re.compile(r"(?<=[.!?]) "), re.compile("; ")
MOST_PARTS = 12


@dataclass(frozen=True)
class Sentence:
    """One message of the catalogue that has gaps, and how it is translated."""

    literals: tuple[str, ...]
    gaps: tuple[tuple[str, bool], ...]  # name, and whether a number stands there
    translation: str

    @property
    def size(self) -> int:
        return sum(map(len, self.literals))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        words = re.escape(self.literals[0])
        for (_name, is_number), literal in zip(
            self.gaps, self.literals[1:], strict=True
        ):
            words += f"({NUMBER if is_number else VALUE}){re.escape(literal)}"
        return re.compile(words)

    def values(self, text: str) -> dict[str, str] | None:
        """Return what stands in the gaps of a text; None where it is another sentence."""
        first, last = self.literals[0], self.literals[-1]
        if not (text.startswith(first) and text.endswith(last)):
            return None
        if not all(part in text for part in self.literals):
            return None
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        names = (name for name, _is_number in self.gaps)
        return dict(zip(names, found.groups(), strict=True))


def translated(text: str, say: Callable[[str], str]) -> str:
    """Say a kept sentence, or several after each other; ``say`` says the values.

    A text that the catalogue does not know comes back as it is.
    """
    if len(text) > LONGEST or not _catalogue():
        return text
    whole = _one(text, say)
    if whole is not None:
        return whole
    for between, joint in ((ENDS, " "), (CLAUSES, gettext("; "))):
        parts = between.split(text)
        if 1 < len(parts) <= MOST_PARTS:
            said = [say(part) for part in parts]
            if said != parts:
                return joint.join(said).replace("。 ", "。")
    return text


def _one(text: str, say: Callable[[str], str]) -> str | None:
    for sentence in _catalogue():
        values = sentence.values(text)
        if values is None:
            continue
        said = {name: say(value) for name, value in values.items()}
        if sentence.size >= FEW or all(
            FIGURE.fullmatch(value) or (said[name] != value and ", " not in value)
            for name, value in values.items()
        ):
            return _filled(sentence, said)
    return None


def _filled(sentence: Sentence, values: dict[str, str]) -> str:
    places = iter(range(len(values)))

    def put(gap: re.Match[str]) -> str:
        name = gap[1] or gap[4] or f"#{next(places)}"
        return values.get(name, gap[0])

    return GAP.sub(put, sentence.translation).replace("%%", "%")


def _catalogue() -> tuple[Sentence, ...]:
    """Return the sentences of the active language, those with most words first."""
    language = get_language() or settings.LANGUAGE_CODE
    return () if language.startswith("en") else _sentences(to_locale(language))


@lru_cache(maxsize=4)
def _sentences(locale: str) -> tuple[Sentence, ...]:
    found = [
        _sentence(english, translation)
        for english, translation in _messages(locale)
        if GAP.search(english)
    ]
    known = [one for one in found if one is not None]
    return tuple(sorted(known, key=lambda one: -one.size))


def _messages(locale: str) -> Iterator[tuple[str, str]]:
    """Yield every message of our own catalogue, each form of a plural too."""
    for folder in settings.LOCALE_PATHS:
        path = Path(folder) / locale / "LC_MESSAGES" / "django.mo"
        if not path.exists():
            continue
        with path.open("rb") as file:
            for message in read_mo(file):
                english = message.id if isinstance(message.id, str) else message.id[-1]
                forms = message.string
                said = forms if isinstance(forms, str) else (forms or ("",))[-1]
                if english and said:
                    yield english, said
                if not isinstance(message.id, str) and said:
                    yield message.id[0], said


def _sentence(english: str, translation: str) -> Sentence | None:
    """Read one message; None where its own words are too few to know it by."""
    gaps = list(GAP.finditer(english))
    literals, at = [], 0
    for gap in gaps:
        literals.append(english[at : gap.start()].replace("%%", "%"))
        at = gap.end()
    literals.append(english[at:].replace("%%", "%"))
    if len(gaps) > MOST_GAPS or not LEAST_WORDS.search(" ".join(literals)):
        return None
    if any(not part for part in literals[1:-1]):
        return None  # two gaps side by side can't be told apart
    places = iter(range(len(gaps)))
    named = tuple(
        (gap[1] or gap[4] or f"#{next(places)}", "d" in (gap[2], gap[3]))
        for gap in gaps
    )
    return Sentence(tuple(literals), named, translation)
