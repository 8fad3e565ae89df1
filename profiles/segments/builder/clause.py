"""What the readers of clauses share: the words that are left, and a condition with what stayed unread."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .vocabulary import Vocabulary, phrase

Known = Callable[[str, str], str | None]  # source, words → the value that is meant
TAKEN = "\x1f"
LEFT = re.compile(r"[^\W_]+(?:[ '’&/-][^\W_]+)*")
MONEY = re.compile(r"\d[\d,]{0,20}(?:\.\d{1,6})?")


@dataclass(frozen=True)
class Clause:
    """A condition, and what of the words stayed unread."""

    leaf: dict[str, Any] | None
    unread: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return self.leaf is not None and not self.unread


class Rest:
    """What of a clause has not been read yet."""

    def __init__(self, said: str) -> None:
        self.said = said

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.search(self.said)
        if match and match.end() > match.start():
            self.said = f"{self.said[: match.start()]}{TAKEN}{self.said[match.end() :]}"
            return match
        return None

    def words(self, words: Vocabulary) -> list[str]:
        """Return the parts that mean something and were not read."""
        parts = (words.fillers.sub(TAKEN, self.said)).split(TAKEN)
        found = (" ".join(LEFT.findall(part)) for part in parts)
        return [one for one in found if one]


def phrase_of(text: str) -> re.Pattern[str]:
    """Turn words that are already in the reader's language into a pattern."""
    parts = re.split(r"%\((\w+)\)s", text)
    return re.compile(
        "".join(
            re.escape(part) if n % 2 == 0 else f"(?P<{part}>.{{1,80}}?)"
            for n, part in enumerate(parts)
        ),
        re.IGNORECASE,
    )


def bounds_of(said: str) -> dict[str, Any]:
    """Read "at least 3 and at most 5"."""
    found: dict[str, Any] = {}
    for part in said.split(_(" and ")):
        for name, words in (("at_least", "at least %s"), ("at_most", "at most %s")):
            match = phrase(words, ("n",)).fullmatch(part.strip())
            n = MONEY.search(match["n"]) if match else None
            if n:
                found[name] = as_number(n.group())
    return found


def as_number(said: str) -> float:
    n = float(said.replace(",", ""))
    return int(n) if n == int(n) else n
