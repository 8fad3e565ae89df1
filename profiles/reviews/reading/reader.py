"""Read one review: which aspects it speaks of, and whether they are good or bad."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .clauses import sentences
from .lexicon import BAD, GOOD, Lexicon, built_in
from .opinions import Mention, mentions
from .tokens import Token, tokens

VERSION = "2"  # another one reads every review again
MOST_CHARACTERS = 20_000  # of a review; what stands behind is not read
CLEAR = 2.5  # times as much weight on one side: the other is not heard
LONGEST_QUOTE = 200  # characters between two that contradict each other


class Sentiment(StrEnum):
    """What a review thinks of an aspect."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    MIXED = "mixed"


@dataclass(frozen=True)
class Opinion:
    """What one review says of one aspect; start and end are characters of its text."""

    aspect: str
    sentiment: Sentiment
    start: int
    end: int
    score: float  # how sure, 0 to 1


def read(text: str, lexicon: Lexicon | None = None) -> list[Opinion]:
    """Return the opinions of a review, one an aspect, in the order of its words."""
    words = tokens(text[:MOST_CHARACTERS])
    by_aspect: dict[str, list[Mention]] = {}
    for sentence in sentences(words, lexicon or built_in()):
        for mention in mentions(sentence):
            by_aspect.setdefault(mention.aspect, []).append(mention)
    found = [_opinion(aspect, said, words) for aspect, said in by_aspect.items()]
    return sorted(found, key=lambda one: (one.start, one.end, one.aspect))


def _opinion(aspect: str, said: list[Mention], words: list[Token]) -> Opinion:
    """Put together what a review says of an aspect in several places."""
    good = [one for one in said if one.polarity == GOOD]
    bad = [one for one in said if one.polarity == BAD]
    weights = _weight(good), _weight(bad)
    if weights[0] > CLEAR * weights[1] and len(good) * CLEAR > len(said):
        return _quoted(aspect, Sentiment.POSITIVE, [_best(good)], words)
    if weights[1] > CLEAR * weights[0] and bad:
        return _quoted(aspect, Sentiment.NEGATIVE, [_best(bad)], words)
    if good and bad:
        both = [_best(good), _best(bad)]
        start, end = _characters(both, words)
        shown = both if end - start <= LONGEST_QUOTE else [_best(bad)]
        return _quoted(aspect, Sentiment.MIXED, shown, words)
    return _quoted(aspect, Sentiment.MIXED, [_best(said)], words)


def _quoted(
    aspect: str, sentiment: Sentiment, shown: list[Mention], words: list[Token]
) -> Opinion:
    start, end = _characters(shown, words)
    score = min(mention.score for mention in shown)
    return Opinion(aspect, sentiment, start, end, round(score, 2))


def _characters(shown: Iterable[Mention], words: list[Token]) -> tuple[int, int]:
    firsts, lasts = zip(*((one.first, one.last) for one in shown), strict=True)
    return words[min(firsts)].start, words[max(lasts) - 1].end


def _weight(said: Iterable[Mention]) -> float:
    return sum(mention.score for mention in said)


def _best(said: Iterable[Mention]) -> Mention:
    return max(said, key=lambda mention: mention.score)
