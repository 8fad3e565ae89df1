"""A sentence as a rule: the phrase grammar of `describe()` read backwards, in English and
Chinese, with the words that people use for the same. What can't be read is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ..compiled import saved_rule
from ..rules import BadRule, parse
from . import clauses
from .clause import Known
from .vocabulary import Vocabulary, vocabulary

LONGEST = 500  # characters of a sentence
DEEPEST = 8  # brackets within brackets
OPENING, CLOSING = "(（“", ")）”"


@dataclass(frozen=True)
class Reading:
    """The rule that a sentence says, None where nothing could be read; and the parts that
    could not.
    """

    rule: dict[str, Any] | None
    unread: tuple[str, ...] = ()


def read(text: str, known: Known | None = None) -> Reading:
    """Read a sentence in the active language. ``known`` says whether a word is a category
    or a brand of the shop.
    """
    said = " ".join(text.split())[:LONGEST].strip(" .。!！?？")
    reader = _Reader(vocabulary(), known or (lambda _source, _words: None))
    rule = reader.group(said, 0) if said else None
    return Reading(rule, tuple(dict.fromkeys(reader.unread)))


class _Reader:
    def __init__(self, words: Vocabulary, known: Known) -> None:
        self.words, self.known, self.unread = words, known, list[str]()

    def group(self, said: str, depth: int) -> dict[str, Any] | None:
        """Read a whole sentence, or what stands in brackets; its outermost is a group."""
        node = self.node(said, depth)
        if node is None or {"all", "any", "none"} & node.keys():
            return node
        return {"all": [node]}

    def node(self, said: str, depth: int) -> dict[str, Any] | None:
        said = _without_brackets(said.strip(" ,，"))
        if depth > DEEPEST or not said:
            return self._give_up(said)
        if (inner := _after(said, _("not: %s"))) is not None:
            parts = self._parts(inner, self.words.joints[1], depth)
            return {"none": parts} if parts else None
        for joint, word in (
            (self.words.joints[1], "any"),
            (self.words.joints[0], "all"),
        ):
            if len(self._joined(said, joint)) > 1:
                parts = self._parts(said, joint, depth)
                if len(parts) > 1:
                    return {word: parts}
                return parts[0] if parts else None
        return self._leaf(said, "")

    def _parts(
        self, said: str, joint: re.Pattern[str], depth: int
    ) -> list[dict[str, Any]]:
        """Read pieces joined by one word. A piece that only goes on with the one before
        it, such as "at most 3 times", is read together with it.
        """
        pieces = self._joined(said, joint)
        found, verb = [], ""
        for piece in pieces:
            is_plain = all(len(_split(piece, one)) == 1 for one in self.words.joints)
            is_group = _without_brackets(piece.strip()) != piece.strip()
            if is_group or not (is_plain or self._reads(piece)):
                node = self.node(piece, depth + 1)
            else:
                node = self._leaf(piece, verb)
            verb = clauses.verb_of(piece, self.words) or verb
            if node is not None:
                found.append(node)
        return found

    def _joined(self, said: str, joint: re.Pattern[str]) -> list[str]:
        """Put together what the joining word did not part: "bought or viewed something"."""
        whole: list[str] = []
        is_or = joint is self.words.joints[1]
        for before, piece in _split(said, joint):
            last = _split(whole[-1], self.words.joints[0])[-1][1] if whole else ""
            head = _split(piece, self.words.joints[0])[0][1]
            if whole and (
                (is_or and clauses.is_open(last, piece, self.words))
                or clauses.goes_on(last, head, self.words, is_or=is_or)
            ):
                whole[-1] += before + piece
            else:
                whole.append(piece)
        return whole

    def _reads(self, piece: str) -> bool:
        return clauses.read(piece, "", self.words, self.known).is_whole

    def _leaf(self, said: str, verb: str) -> dict[str, Any] | None:
        found = clauses.read(said, verb, self.words, self.known)
        self.unread += found.unread
        if found.leaf is None:
            return None
        try:
            parse(found.leaf, saved_rule)
        except BadRule:
            return self._give_up(said)
        return found.leaf

    def _give_up(self, said: str) -> dict[str, Any] | None:
        """Note what can't be read; there is no rule of it."""
        if said:
            self.unread.append(said)
        return None


def _split(said: str, joint: re.Pattern[str]) -> list[tuple[str, str]]:
    """Part a sentence at a joining word outside of brackets: (word before it, piece)."""
    depth, found, begins, before = 0, list[tuple[str, str]](), 0, ""
    depths = []
    for letter in said:
        depth += (letter in OPENING) - (letter in CLOSING)
        depths.append(depth)
    for match in joint.finditer(said):
        if (
            match.end() == 0
            or depths[match.start()] > 0
            or not said[begins : match.start()].strip()
        ):
            continue
        found.append((before, said[begins : match.start()]))
        before, begins = match.group(), match.end()
    return [*found, (before, said[begins:])]


def _without_brackets(said: str) -> str:
    """Take brackets away that stand around the whole."""
    while said[:1] in ("(", "（") and said[-1:] in (")", "）"):
        depth = 0
        for place, letter in enumerate(said):
            depth += (letter in "(（") - (letter in ")）")
            if depth == 0 and place < len(said) - 1:
                return said
        said = said[1:-1].strip()
    return said


def _after(said: str, template: str) -> str | None:
    begins = template.partition("%s")[0]
    return said[len(begins) :] if said.lower().startswith(begins.lower()) else None
