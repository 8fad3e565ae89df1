"""The passages of one language in memory, and how well each fits a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
import numpy.typing as npt

from recommender.encoders.base import Floats

from .passages import Passage, sentences
from .question_kinds import vocabulary
from .readers import Reader
from .words import CHINESE, rarity, terms

Numbers = npt.NDArray[np.float64]
LEXICAL = 0.25  # weight of shared words beside the encoders


@dataclass(frozen=True)
class Fit:
    """One encoder's cosines of a question with every passage."""

    weight: float
    cosines: Numbers  # (n,) mean of the whole passage and of its best sentence
    titles: Numbers  # (n,) with its headings
    asked: Numbers  # (n,) with the best question that the shop wrote, 0 without one


@dataclass(frozen=True)
class Ranking:
    """What is known of a question beside every passage."""

    fits: tuple[Fit, ...]
    score: Numbers  # (n,)
    cover: Numbers  # (n,) share of the question's words, by weight, that it holds
    words: frozenset[str]
    weights: Mapping[str, float]

    @cached_property
    def order(self) -> list[int]:
        return [int(at) for at in np.argsort(-self.score, kind="stable")]


class Index:
    """Passages with their vectors by each reader."""

    def __init__(
        self, passages: Sequence[Passage], readers: Sequence[Reader], language: str
    ) -> None:
        self.passages = tuple(passages)
        self.readers = tuple(readers)
        self.language = language
        joint = "：" if language == CHINESE else ". "
        parts = [
            (at, f"{one.title}{joint}{sentence}")
            for at, one in enumerate(self.passages)
            for sentence in sentences(one.text) or [one.text]
        ]
        asked = [
            (at, question)
            for at, one in enumerate(self.passages)
            for question in one.asked
        ]
        self._of_part = np.array([at for at, _ in parts], int)
        self._of_asked = np.array([at for at, _ in asked], int)
        self._vectors = [
            (
                reader.vectors([f"{one.title}{joint}{one.text}" for one in passages]),
                reader.vectors([text for _, text in parts]),
                reader.vectors([one.title for one in passages]),
                reader.vectors([text for _, text in asked]),
            )
            for reader in readers
        ]
        self.words = [
            frozenset(terms(" ".join((one.title, one.text, *one.asked))))
            for one in passages
        ]
        self.rarity = rarity(self.words)
        self.known = vocabulary(
            text for one in passages for text in (*one.headings, one.text)
        )

    def ranked(self, question: str) -> Ranking:
        """Compare a question with every passage."""
        fits = tuple(
            self._fit(reader, *vectors, question)
            for reader, vectors in zip(self.readers, self._vectors, strict=True)
        )
        words = frozenset(terms(question))
        unseen = log(1 + len(self.passages))
        weights = {word: self.rarity.get(word, unseen) for word in words}
        whole = sum(weights.values()) or 1.0
        cover = np.array(
            [sum(weights[word] for word in words & own) / whole for own in self.words]
        )
        total = sum(fit.weight for fit in fits) or 1.0
        score = LEXICAL * _standard(cover)
        for fit in fits:
            best = np.maximum(fit.cosines, fit.asked)
            score = score + fit.weight / total * _standard(best)
        return Ranking(fits, score, cover, words, weights)

    def _fit(
        self,
        reader: Reader,
        whole: Floats,
        parts: Floats,
        titles: Floats,
        asked: Floats,
        question: str,
    ) -> Fit:
        own = reader.vectors([question])[0]
        n = len(self.passages)
        best = _best(parts @ own, self._of_part, n)
        return Fit(
            reader.weight,
            (whole @ own + best) / 2,
            np.asarray(titles @ own, float),
            _best(asked @ own, self._of_asked, n),
        )


def _best(values: Floats, owners: npt.NDArray[np.int64], n: int) -> Numbers:
    """Return the greatest value of each passage's parts."""
    found = np.zeros(n)
    if len(owners):
        np.maximum.at(found, owners, values)
    return found


def _standard(values: Numbers) -> Numbers:
    """Bring values to mean 0 and deviation 1: cosines of encoders lie apart."""
    return (values - values.mean()) / (values.std() + 1e-9)
