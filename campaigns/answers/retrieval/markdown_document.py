"""Markdown as blocks, with the characters where each stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .html_document import blocks as html_blocks
from .passages import SENTENCE_END, Block, plain

# items at least this long on average, or whole sentences, can be read alone
LONG_ITEM = 60
STEPS = re.compile(r"^(?:how|steps)\b|怎么|如何|步骤|流程|怎样", re.IGNORECASE)
FRONT_MATTER = re.compile(r"\A\ufeff?---\r?\n.{0,2000}?\r?\n---\r?\n", re.DOTALL)


def blocks(text: str) -> Iterator[Block]:
    """Yield headings, paragraphs, list items and table rows, first to last."""
    front = FRONT_MATTER.match(text)
    offset = front.end() if front else 0
    body = text[offset:]
    starts = [offset + at for at in accumulate(map(len, _lines(body)), initial=0)]
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    yield from _Reader(text, starts, tokens).blocks()


class _Reader:
    """Walks over the parser's tokens, which say what lines each block takes."""

    def __init__(self, text: str, starts: list[int], tokens: list[Token]) -> None:
        self.text, self.starts, self.tokens = text, starts, tokens
        self.heading = ""

    def blocks(self) -> Iterator[Block]:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.type in ("bullet_list_open", "ordered_list_open"):
                end = self._close(at)
                yield from self._list(at, end)
                at = end
            elif token.type == "table_open":
                end = self._close(at)
                yield from self._table(at, end)
                at = end
            elif token.type == "html_block":
                yield from self._html(token)
            elif token.type == "inline":
                before = self.tokens[at - 1]
                level = int(before.tag[1]) if before.type == "heading_open" else 0
                yield from self._block(token, level)
            at += 1

    def _block(self, token: Token, level: int = 0) -> Iterator[Block]:
        start, end = self._span(token)
        words = plain(_words(token))
        if not words:
            return
        if level:
            self.heading = words
        yield Block(start, end, words, level)

    def _list(self, first: int, last: int) -> Iterator[Block]:
        """Yield each item where it can be read alone, else the whole list with what
        introduces it.
        """
        inner = [one for one in self.tokens[first:last] if one.type == "inline"]
        if not inner:
            return
        texts = [plain(_words(one)) for one in inner]
        if self._stands_alone(texts):
            for token in inner:
                yield from self._block(token)
            return
        start, _ = self._span(inner[0])
        _, end = self._span(inner[-1])
        yield Block(start, end, plain(" · ".join(texts)))

    def _stands_alone(self, texts: list[str]) -> bool:
        if STEPS.search(self.heading):
            return False
        ended = sum(bool(SENTENCE_END.search(text)) for text in texts)
        average = sum(map(len, texts)) / len(texts)
        return 2 * ended > len(texts) or average >= LONG_ITEM

    def _table(self, first: int, last: int) -> Iterator[Block]:
        head: list[str] = []
        row: list[str] = []
        for at in range(first, last):
            token = self.tokens[at]
            if token.type == "tr_open":
                row, lines = [], token.map
            elif token.type == "inline":
                row.append(plain(_words(token)))
            elif token.type == "tr_close" and not head:
                head = row
            elif token.type == "tr_close" and lines and any(row):
                start, end = self._lines(*lines)
                yield Block(start, end, _row(head, row))

    def _html(self, token: Token) -> Iterator[Block]:
        start, end = self._span(token)
        for one in html_blocks(self.text[start:end]):
            yield Block(one.start + start, one.end + start, one.text, one.level)

    def _span(self, token: Token) -> tuple[int, int]:
        return self._lines(*(token.map or (0, 0)))

    def _lines(self, first: int, last: int) -> tuple[int, int]:
        """Return the characters of some lines without white space and the marks of
        lists and headings around them.
        """
        start, end = self.starts[first], self.starts[min(last, len(self.starts) - 1)]
        said = self.text[start:end]
        start += len(said) - len(said.lstrip(" \t\r\n#>-*+|"))
        if self.text[start - 2 : start] == "**":
            start -= 2
        return min(start, end), start + len(self.text[start:end].rstrip(" \t\r\n|=-"))

    def _close(self, at: int) -> int:
        """Return the place of the token that closes this one."""
        kind = self.tokens[at].type.replace("_open", "_close")
        level = self.tokens[at].level
        for place in range(at + 1, len(self.tokens)):
            if self.tokens[place].type == kind and self.tokens[place].level == level:
                return place
        return len(self.tokens) - 1


def _words(token: Token) -> str:
    """Return what a reader sees of an inline token."""
    parts = []
    for one in token.children or ():
        if one.type in ("text", "code_inline"):
            parts.append(one.content)
        elif one.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif one.type == "image":
            parts.append(one.content)
    return "".join(parts)


def _row(head: list[str], row: list[str]) -> str:
    """Say a table's row with its columns' names."""
    names = [*head, *[""] * (len(row) - len(head))]
    told = [
        f"{name}: {cell}" if name else cell
        for name, cell in zip(names, row, strict=False)
    ]
    return "; ".join(told)


def _lines(text: str) -> list[str]:
    """Cut as the parser does: at line feeds, with or without a carriage return."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)
