"""Documents cut into passages that can be cited: what stands under a heading, paragraph
by paragraph.

`start` and `end` count characters of the document as it was written (UTF-8, line ends
and a byte order mark included), so that `text[start:end]` is what the shop wrote,
mark-up and all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MAX_PASSAGE = 1_200  # characters; a longer paragraph is cut at the end of a sentence
SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[。！？；]")
QUESTION_END = ("?", "？")
SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Block:
    """A paragraph, list item or table row, or a heading of some level."""

    start: int
    end: int
    text: str  # without mark-up
    level: int = 0  # of a heading: 1 to 6
    head: str = ""  # the columns' names of a table's row


@dataclass(frozen=True)
class Passage:
    """What can be cited."""

    document: str
    start: int
    end: int
    text: str
    headings: tuple[str, ...] = ()
    language: str = "en"
    # what customers ask that this answers, in the shop's own words
    questions: tuple[str, ...] = field(default=(), compare=False)

    @property
    def title(self) -> str:
        """The headings that say what the passage is about; the document's own title
        only where there is no other.
        """
        return " · ".join(self.headings[1:] or self.headings)

    @property
    def asked(self) -> tuple[str, ...]:
        """The questions it answers: the shop's own, and a heading that is one."""
        own = [one for one in self.headings[-1:] if one.endswith(QUESTION_END)]
        return (*self.questions, *own)


def passages(
    blocks: Iterable[Block], document: str, language: str
) -> Iterator[Passage]:
    """Give each block the headings that it stands under."""
    path: list[tuple[int, str]] = []
    for block in blocks:
        if block.level:
            path = [one for one in path if one[0] < block.level]
            path.append((block.level, block.text))
            continue
        headings = tuple(text for _level, text in path)
        for start, end, text in _cut(block):
            told = f"{block.head}: {text}" if block.head else text
            yield Passage(document, start, end, told, headings, language)


def plain(text: str) -> str:
    """Bring white space to single blanks."""
    return SPACES.sub(" ", text).strip()


def sentences(text: str) -> list[str]:
    """Cut a text at the ends of its sentences."""
    ends = [found.end() for found in SENTENCE_END.finditer(text)]
    parts = [
        text[a:b].strip() for a, b in zip([0, *ends], [*ends, len(text)], strict=True)
    ]
    return [part for part in parts if part]


def _cut(block: Block) -> Iterator[tuple[int, int, str]]:
    """Cut what is too long to be read as one answer; its span is shared by the parts,
    because mark-up was taken out of the text.
    """
    if len(block.text) <= MAX_PASSAGE:
        yield block.start, block.end, block.text
        return
    part = ""
    for sentence in sentences(block.text):
        if part and len(part) + len(sentence) > MAX_PASSAGE:
            yield block.start, block.end, part
            part = ""
        part = f"{part} {sentence[:MAX_PASSAGE]}".strip()
    if part:
        yield block.start, block.end, part
