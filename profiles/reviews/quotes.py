"""A review's own words around an opinion, never an address or a number of somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from profiles.models import ReviewOpinion

LONGEST = 160  # characters on either side of what judges
ENDS = ".!?。！？\n"
MOST_DIGITS = 6  # in a row, spaces and dashes between them: longer ones name somebody
BETWEEN = " -()"


@dataclass(frozen=True)
class Quote:
    """A sentence of a review: what stands before the judgement, itself, and after."""

    before: str
    words: str
    after: str
    event: int
    customer: int
    item_id: str
    at: datetime

    @property
    def text(self) -> str:
        return f"{self.before}{self.words}{self.after}"


def quote(opinion: ReviewOpinion, texts: Mapping[int, str | None]) -> Quote | None:
    """Return the sentence that an opinion stands in; None where it names somebody."""
    text = texts.get(opinion.reading.event_id) or ""
    start, stop = opinion.start, opinion.stop
    begin = max(text.rfind(end, 0, start) for end in ENDS) + 1
    ends = [place for end in ENDS if (place := text.find(end, stop)) >= 0]
    end = min(ends, default=len(text) - 1) + 1
    begin, end = max(begin, start - LONGEST), min(end, stop + LONGEST)
    if start >= stop or names_somebody(text[begin:end]):
        return None
    return Quote(
        text[begin:start].lstrip(),
        text[start:stop],
        text[stop:end].rstrip(),
        opinion.reading.event_id,
        opinion.customer_id,
        opinion.item_id,
        opinion.at,
    )


def names_somebody(words: str) -> bool:
    """Say whether an address, a link or a long number stands in it."""
    if "@" in words or "://" in words or "www." in words.lower():
        return True
    run = 0
    for character in words:
        if character.isdigit():
            run += 1
            if run > MOST_DIGITS:
                return True
        elif character not in BETWEEN:
            run = 0
    return False
