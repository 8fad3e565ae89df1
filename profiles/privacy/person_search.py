"""Does a row or a text speak of a person? Pure.

A row of somebody else's must not go because it holds the same number somewhere: short
ids count only where the id of a customer stands. Texts such as logs are masked word by
word instead; there one word too many does no harm.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

from profiles.privacy.person import PHONE, Person

# Where the id of a customer stands in files, calls and webhooks; letters only, in lower
# case.
ID_NAMES = frozenset(
    "customer customerid userid user anonymousid previousid externalid devicetoken"
    " token email phone id".split()
)
# characters from which an id of letters and digits is nobody else's by chance
TELLING = 8
NATIONAL = 8  # last digits of a phone number, however its beginning is written
NO_DIGITS = re.compile(r"\D+")
MASK = "*"
LIKE = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


class Sought:
    """What to look for in rows, texts and files."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.ids = frozenset(value.casefold() for _kind, value in person.ids)
        self.telling = frozenset(filter(is_telling, self.ids))
        self.spelled = frozenset(
            one
            for word in self.telling
            for one in (word, quote(word, safe="").casefold())
        )
        self.endings = frozenset(
            digits[-NATIONAL:]
            for one in person.of_kind(PHONE)
            if (digits := only_digits(one))
        )

    def speaks(self, row: Any) -> bool:
        """Say whether a row, call or payload speaks of this person."""
        return bool(self.ids) and any(
            self._gives_away(name, value) for name, value in leaves(row)
        )

    def likely(self, *, is_text: bool = False) -> list[str]:
        """Return patterns for LIKE: every row that `speaks` of the person, in lower
        case, fits one of them.

        A plain text names no columns, so short ids say nothing there. Phone numbers are
        the exception: they stand in rows as they were typed, see `endings`.
        """
        words = self.spelled if is_text else self.ids | self.spelled
        return sorted(f"%{word.translate(LIKE)}%" for word in words)

    def masked(self, text: str) -> str:
        """Return a text with all that gives the person away replaced, letter by letter."""
        return (
            re.sub(self._pattern, lambda found: MASK * len(found[0]), text)
            if self._pattern
            else text
        )

    def masked_json(self, value: Any) -> Any:
        """Return JSON with the person masked in all its texts."""
        match value:
            case str():
                return self.masked(value)
            case Mapping():
                return {name: self.masked_json(inner) for name, inner in value.items()}
            case list():
                return [self.masked_json(inner) for inner in value]
        return value

    def masked_bytes(self, text: bytes) -> bytes:
        """Like `masked` on UTF-8, for files: every byte keeps its place."""
        if not self._pattern:
            return text
        return re.sub(
            self._pattern.encode(), lambda found: MASK.encode() * len(found[0]), text
        )

    def _gives_away(self, name: str, value: str) -> bool:
        said = value.strip().casefold()
        if said in self.ids and (is_telling(said) or name in ID_NAMES):
            return True
        if any(word in said for word in self.spelled):
            return True
        digits = only_digits(said)
        return (
            len(digits) >= NATIONAL
            and digits[-NATIONAL:] in self.endings
            and not re.search(r"[a-z@]", said)
        )

    @cached_property
    def _pattern(self) -> str:
        """Ids in any spelling and case, names as they are written and whole words only."""
        person = self.person
        ids = {spelled for word in self.telling for spelled in spellings(word)}
        facts = {
            spelled
            for word in person.facts
            if len(word) >= TELLING
            for spelled in spellings(word)
        }
        names = {
            spelled
            for word in person.names
            if len(word) > 1
            for spelled in spellings(word)
        }
        parts = [f"(?i:{'|'.join(_escaped(ids | facts))})"] if ids or facts else []
        return "|".join(
            [*parts, *(rf"(?<!\w){word}(?!\w)" for word in _escaped(names))]
        )


def leaves(row: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the single values of a row as text, each with the name under which it
    stands, letters only.
    """
    match row:
        case Mapping():
            for inner, value in row.items():
                yield from leaves(value, re.sub(r"[^a-z]", "", str(inner).casefold()))
        case list() | tuple():
            for value in row:
                yield from leaves(value, name)
        case str():
            yield name, row
        case int() if not isinstance(row, bool):
            yield name, str(row)


def is_telling(value: str) -> bool:
    """Whether a value is nobody else's: an address, a whole phone number, a long id of
    letters and digits.
    """
    if "@" in value or (value.startswith("+") and len(value) > NATIONAL):
        return True
    return (
        len(value) >= TELLING
        and bool(re.search(r"\d", value))
        and bool(re.search(r"[^\W\d_]", value))
    )


def only_digits(text: str) -> str:
    """Return a text without everything that is no digit."""
    return NO_DIGITS.sub("", text)


def spellings(word: str) -> set[str]:
    """Return how a word stands in a text: as it is, in JSON of ASCII only, in a web
    address.
    """
    return {word, json.dumps(word)[1:-1], quote(word, safe="")}


def _escaped(words: set[str]) -> list[str]:
    return [re.escape(word) for word in sorted(words, key=len, reverse=True)]
