"""Sentences and clauses of a text, each with the phrases that were found in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .lexicon import Hit, Lexicon, Part
from .tokens import END, HAN, PAUSE, Token

MOST_WORDS_OF_A_LIST = {False: 4, True: 7}  # "the price", "价格方面"


@dataclass
class Clause:
    """A stretch of a sentence between its signs and its turns ("but")."""

    words: Sequence[Token]  # of the whole text
    first: int
    last: int
    is_question: bool = False
    hits: list[Hit] = field(default_factory=list)

    @property
    def names(self) -> list[Hit]:
        return [hit for hit in self.hits if hit.names()]

    @property
    def is_chinese(self) -> bool:
        here = self.words[self.first : self.last]
        return 2 * sum(word.kind == HAN for word in here) > len(here)

    @property
    def is_short(self) -> bool:
        """Say whether it is hardly more than a name."""
        return self.last - self.first <= MOST_WORDS_OF_A_LIST[self.is_chinese]

    def has(self, part: Part) -> bool:
        return any(hit.having(part) for hit in self.hits)

    def ends_with(self, hit: Hit) -> bool:
        """Say whether at most one word stands behind it."""
        return self.last - hit.last <= 1


def sentences(words: Sequence[Token], lexicon: Lexicon) -> Iterator[list[Clause]]:
    """Yield the clauses of one sentence after the other."""
    hits = deque(lexicon.hits(words))
    begin = 0
    ends = [at for at, word in enumerate(words) if word.kind == END]
    for end in [*ends, len(words)]:
        is_question = end < len(words) and words[end].text in "?？"
        yield _clauses(words, begin, end, hits, is_question=is_question)
        begin = end + 1


def _clauses(
    words: Sequence[Token],
    begin: int,
    end: int,
    hits: deque[Hit],
    *,
    is_question: bool,
) -> list[Clause]:
    """Cut one sentence, taking its hits from the front of ``hits``."""
    made = [Clause(words, begin, begin, is_question)]
    at = begin
    while at < end:
        hit = hits.popleft() if hits and hits[0].first == at else None
        at = hit.last if hit else at + 1
        if words[at - 1].kind == PAUSE or (hit and hit.having(Part.CONTRAST)):
            made.append(Clause(words, at, at, is_question))
            continue
        made[-1].last = at
        if hit:
            made[-1].hits.append(hit)
    return [clause for clause in made if clause.last > clause.first]
