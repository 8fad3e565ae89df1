"""Which encoders read which language, and with what weight: a sum of two says more than
either.

Measured on the tuning documents of `benchmarks/answer_sets`: English by MiniLM and the
Universal Sentence Encoder, everything else by multilingual-e5-small and that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from recommender.encoders.base import Encoder, Floats, UnusableModel
from recommender.encoders.fast import Fast, fast, ready
from recommender.encoders.selection import ENGLISH, MULTILINGUAL, named
from recommender.encoders.universal import Universal

from .words import CHINESE
from .words import ENGLISH as ENGLISH_WORDS


@dataclass(frozen=True)
class Reader:
    """An encoder and how much its cosine counts."""

    encoder: Encoder
    weight: float

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Encode text by text: in eight bits a vector depends on who else is in the
        batch. What can't be read is a row of zeros.
        """
        made = np.zeros((len(texts), self.encoder.n_dimensions), np.float32)
        for row, text in enumerate(texts):
            if self.encoder.can_read([text])[0]:
                made[row] = self.encoder.encode([text])[0]
        return made


# language → its transformer and the weights of that and of the universal encoder
_CHOSEN = {ENGLISH_WORDS: (ENGLISH, 1.0, 0.5), CHINESE: (MULTILINGUAL, 1.0, 1.0)}


@lru_cache(maxsize=4)
def readers(language: str, home: Path) -> tuple[Reader, ...]:
    """Load the encoders of a language once per process. What is not installed is left
    out; raise `UnusableModel` where nothing is.
    """
    model, weight, other = _CHOSEN.get(language, _CHOSEN[CHINESE])
    found: list[Reader] = []
    reasons: list[str] = []
    for made, counts in ((_transformer, weight), (_universal, other)):
        try:
            found.append(Reader(made(model, home), counts))
        except UnusableModel as error:
            reasons.append(str(error))
    if not found:
        raise UnusableModel(" ".join(reasons))
    return tuple(found)


def draw(language: str, home: Path) -> None:
    """Make and keep what opening a language's encoders needs, in no process's memory.
    What is not installed is left out.
    """
    model = _CHOSEN.get(language, _CHOSEN[CHINESE])[0]
    with suppress(UnusableModel):
        fast(named(model, home), home)


def is_whole(found: Sequence[Reader]) -> bool:
    """Say whether both encoders are there: a sure answer was measured with both."""
    return len(found) == 2


def _transformer(model: str, home: Path) -> Encoder:
    slow = named(model, home)
    quick = ready(slow, home) or fast(slow, home)[0]
    return quick.open() if isinstance(quick, Fast) else quick


def _universal(_model: str, _home: Path) -> Encoder:
    return Universal().open()
