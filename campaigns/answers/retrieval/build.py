"""From documents to an answerer, by the encoders that are installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from recommender.encoders.base import UnusableModel

from .answerer import Answerer
from .index import Index
from .passages import Passage
from .readers import Reader, readers

Progress = Callable[[float], None]


def answerer(
    passages: Sequence[Passage],
    home: Path,
    progress: Progress = lambda share: None,
) -> Answerer:
    """Index passages language by language; `home` keeps the encoders."""
    languages = sorted({one.language for one in passages})
    indexes = {}
    for number, language in enumerate(languages):
        own = [one for one in passages if one.language == language]
        indexes[language] = Index(own, _installed(language, home), language)
        progress((number + 1) / len(languages))
    return Answerer(indexes)


def _installed(language: str, home: Path) -> tuple[Reader, ...]:
    """Without an encoder words alone are compared, and no answer is sure."""
    try:
        return readers(language, home)
    except UnusableModel:
        return ()
