"""HTML as blocks, with the characters where each stands; what no reader sees is left
out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

from .passages import Block, plain

HEADINGS = {f"h{level}": level for level in range(1, 7)}
# a question of a list of questions: what follows stands under it
SUB_HEADINGS = {"dt": 7, "summary": 7, "caption": 7}
BREAKING = frozenset(
    "address article aside blockquote body dd details div dl dt fieldset figcaption"
    " figure h1 h2 h3 h4 h5 h6 header hr li main ol p pre section summary table tbody"
    " tfoot thead tr ul caption br".split()
)
CELLS = ("td", "th")
UNSEEN = frozenset(
    "script style head nav footer form noscript template svg select button iframe"
    " title object".split()
)
VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()
)


def blocks(text: str) -> Iterator[Block]:
    """Yield headings and what stands under them, first to last."""
    reader = _Reader(text)
    reader.feed(text)
    reader.close()
    reader.end_block()
    yield from reader.found


def title(text: str) -> str:
    """Return what the page calls itself; empty without a title."""
    found = re.search(r"<title[^>]{0,200}>([^<]{1,300})</title>", text, re.IGNORECASE)
    return plain(found[1]) if found else ""


class _Reader(HTMLParser):
    """Collects the text between two tags that begin a new line."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.found: list[Block] = []
        self.words: list[str] = []
        self.start = self.end = -1
        self.level = 0
        self.unseen: list[str] = []
        self.columns: list[str] = []
        self.cells: list[str] | None = None
        self.is_head = False
        self.length = len(text)

    @property
    def at(self) -> int:
        line, column = self.getpos()
        return self.starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self.unseen.append(tag)
        if self.unseen:
            return
        if tag == "tr":
            self.end_block()
            self.cells, self.is_head = [], False
        elif tag in CELLS and self.cells is not None:
            self.is_head = self.is_head or tag == "th"
            self._end_cell()
        elif tag in BREAKING and self.cells is None:
            self.end_block()
            self.level = HEADINGS.get(tag) or SUB_HEADINGS.get(tag, 0)
        elif tag in BREAKING:
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.unseen:
            # an unclosed tag inside ends with the one around it
            del self.unseen[self.unseen.index(tag) :]
            return
        if self.unseen:
            return
        if tag == "tr" or (tag == "table" and self.cells is not None):
            self._end_row()
        elif tag in BREAKING and self.cells is None:
            self.end_block()

    def handle_data(self, data: str) -> None:
        self._take(data, len(data))

    def handle_entityref(self, name: str) -> None:
        self._take(unescape(f"&{name};"), len(name) + 2)

    def handle_charref(self, name: str) -> None:
        self._take(unescape(f"&#{name};"), len(name) + 3)

    def _take(self, words: str, length: int) -> None:
        if self.unseen:
            return
        self.words.append(words)
        if words.strip():
            lead = len(words) - len(words.lstrip())
            if self.start < 0:
                self.start = self.at + (lead if length == len(words) else 0)
            tail = len(words) - len(words.rstrip())
            self.end = min(
                self.at + length - (tail if length == len(words) else 0), self.length
            )

    def end_block(self) -> None:
        """Keep what was read since the last one."""
        text = plain("".join(self.words))
        if text and self.start >= 0:
            self.found.append(Block(self.start, self.end, text, self.level))
        self.words, self.start, self.end, self.level = [], -1, -1, 0

    def _end_cell(self) -> None:
        if self.cells is not None and (text := plain("".join(self.words))):
            self.cells.append(text)
        self.words = []

    def _end_row(self) -> None:
        self._end_cell()
        cells, self.cells = self.cells or [], None
        if self.is_head and not self.columns and len(cells) > 1:
            self.columns = cells
        elif cells and self.start >= 0:
            named = len(self.columns) == len(cells)
            told = [
                f"{name}: {cell}" if name else cell
                for name, cell in zip(
                    self.columns if named else [""] * len(cells), cells, strict=True
                )
            ]
            self.found.append(Block(self.start, self.end, "; ".join(told)))
        self.words, self.start, self.end, self.level = [], -1, -1, 0
