"""A text under check: which of its letters are explained, and what is wrong. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

BLOT = "\ufffc"  # stands where a letter is explained: no letter, no digit, no space
UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
HAN = re.compile("[\u3400-\u9fff]")
SENTENCE_ENDS = ".!?;\n。！？；"


class _Plain(dict[int, int]):
    """Each letter's plain form of the same length: full-width, dashes, quotes, digits
    of other scripts.
    """

    def __missing__(self, code: int) -> int:
        letter = chr(code)
        if 0xFF01 <= code <= 0xFF5E:
            plain = code - 0xFEE0
        elif letter.isdecimal():
            plain = ord(str(unicodedata.decimal(letter)))
        elif unicodedata.category(letter) == "Zs":
            plain = ord(" ")
        else:
            plain = ord(_ODD.get(letter, letter))
        self[code] = plain
        return plain


_ODD = dict.fromkeys("‐‑‒–—−", "-") | dict.fromkeys("‘’ʼ`", "'")
_ODD |= dict.fromkeys("“”„«»", '"') | {"￥": "¥", "￡": "£", "￠": "¢", "﹪": "%"}
_PLAIN = _Plain()
SMALL = {n: n + 32 for n in range(ord("A"), ord("Z") + 1)}  # keeps each place


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that the facts don't bear, and what they would bear."""

    start: int
    end: int
    kind: str
    said: str
    right: str = ""


@dataclass
class Draft:
    """A text as it is written, in plain letters, and what is left to explain of it."""

    raw: str
    problems: list[Problem] = field(default_factory=list)
    plain: str = field(init=False)
    is_chinese: bool = field(init=False)
    left: str = field(init=False)  # the plain text, blotted where it is explained
    _places: list[int] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        shown = self.raw
        # letters that nobody sees would break a pattern in two: they go, and their
        # places are kept so that problems point into the text as written
        if UNSEEN.search(shown):
            self._places = [
                i for i, one in enumerate(shown) if not UNSEEN.match(one)
            ] + [len(shown)]
            shown = UNSEEN.sub("", shown)
        self.plain = self.left = shown.translate(_PLAIN)
        self.is_chinese = bool(HAN.search(self.plain))

    def take(self, start: int, end: int) -> None:
        """Call these letters explained."""
        self.left = self.left[:start] + BLOT * (end - start) + self.left[end:]

    def flag(self, kind: str, start: int, end: int, right: str = "") -> None:
        """Note a problem; its letters are not looked at again."""
        begin, stop = self._place(start), self._place(end)
        # the last letter's own place, not the next one's: unseen letters behind it are
        # not wrong
        if start < end and self._places:
            stop = self._places[end - 1] + 1
        self.note(kind, begin, stop, right)
        self.take(start, end)

    def note(self, kind: str, start: int, end: int, right: str = "") -> None:
        """Note a problem of the text as it is written."""
        self.problems.append(Problem(start, end, kind, self.raw[start:end], right))

    def sentence(self, at: int) -> tuple[int, int]:
        """Return where the sentence around a place begins and ends."""
        start, end = at, at
        while start > 0 and not self._ends(start - 1):
            start -= 1
        while end < len(self.plain) and not self._ends(end):
            end += 1
        return start, end

    def _ends(self, i: int) -> bool:
        """Say whether a sentence ends here: 3.50 and bit.ly hold no end."""
        said = self.plain
        if said[i] not in SENTENCE_ENDS:
            return False
        return said[i] != "." or not said[i + 1 : i + 2].isalnum()

    def is_explained(self, start: int, end: int) -> bool:
        """Say whether letters of the text as written hold a fact that is right."""
        if self._places:
            return True
        flagged = {i for one in self.problems for i in range(one.start, one.end)}
        return any(self.left[i] == BLOT and i not in flagged for i in range(start, end))

    def _place(self, i: int) -> int:
        return self._places[i] if self._places else i

    def find(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield matches in what is left, never one over letters explained meanwhile."""
        for found in pattern.finditer(self.left):
            start, end = found.span()
            # a match before may have explained these letters: they are not read a
            # second time
            if self.left[start:end] == found[0]:
                yield found

    def find_small(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield matches of a pattern in small letters, whatever the text is written in:
        three times as fast as a pattern that ignores case.
        """
        small = self.left.translate(SMALL)
        for found in pattern.finditer(small):
            start, end = found.span()
            if self.left[start:end].translate(SMALL) == found[0]:
                yield found

    def find_chinese(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield matches of a pattern that needs Chinese: none is tried without it."""
        if self.is_chinese:
            yield from self.find(pattern)

    def before(self, start: int, n: int = 28) -> str:
        """Return what stands before a place, within its sentence."""
        return _after_last_end(self.left[max(0, start - n) : start])

    def after(self, end: int, n: int = 24) -> str:
        """Return what stands after a place, within its sentence."""
        said = self.left[end : end + n]
        stops = [i for mark in "!?;\n。！？；" if (i := said.find(mark)) >= 0]
        return said[: min(stops)] if stops else said


def _after_last_end(said: str) -> str:
    for i in range(len(said) - 1, -1, -1):
        if said[i] in SENTENCE_ENDS and not (
            said[i] == "." and said[i + 1 : i + 2].strip()
        ):
            return said[i + 1 :]
    return said
