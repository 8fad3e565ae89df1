"""Aspects of a shop's own: what its customers judge again and again and no list names,
such as a nozzle, or 笔尖.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from math import ceil

import yaml

from .clauses import Clause, sentences
from .lexicon import FOLDER, Hit, Lexicon, Part, built_in
from .reader import MOST_CHARACTERS
from .tokens import HAN, WORD, tokens

LEAST_REVIEWS = 5
LEAST_SHARE = 0.005  # of the reviews that name it
MOST_SHARE = 0.1  # above it is the thing that is sold, not a side of it
MOST_ASPECTS = 20
LEAST_LETTERS = 3
CHARACTERS = (2, 3)  # of a Chinese name


def mine(texts: Iterable[str], lexicon: Lexicon | None = None) -> dict[str, list[str]]:
    """Return names that reviews judge and that the lists don't know, the most frequent
    first, as aspects of their own.
    """
    known = lexicon or built_in()
    counted: Counter[str] = Counter()
    n = 0
    for text in texts:
        n += 1
        counted.update(set(_candidates(text, known)))
    least = max(LEAST_REVIEWS, ceil(LEAST_SHARE * n))
    found = [
        name
        for name, times in counted.most_common()
        if least <= times <= max(MOST_SHARE * n, least)
    ]
    return {name: [name] for name in found[:MOST_ASPECTS]}


def _candidates(text: str, lexicon: Lexicon) -> Iterator[str]:
    words = tokens(text[:MOST_CHARACTERS])
    for sentence in sentences(words, lexicon):
        for clause in sentence:
            judge = next((hit for hit in clause.hits if hit.having(Part.ANY)), None)
            if judge is None or clause.names or clause.is_question:
                continue
            name = _chinese(clause, judge) if clause.is_chinese else _english(clause)
            if name:
                yield name


def _english(clause: Clause) -> str | None:
    """Return what stands between "the" and "is": the nozzle is poor."""
    texts = [word.text for word in clause.words[clause.first : clause.last]]
    for at in range(1, len(texts) - 2):
        name = texts[at]
        is_named = texts[at - 1] in _list("before") and texts[at + 1] in _list("verbs")
        if is_named and len(name) >= LEAST_LETTERS and _may_be(clause, at, name):
            return name
    return None


def _may_be(clause: Clause, at: int, name: str) -> bool:
    here = clause.first + at
    is_known = any(hit.first <= here < hit.last for hit in clause.hits)
    is_word = clause.words[here].kind == WORD and name.isalpha()
    return is_word and not is_known and name not in _list("no_names")


def _chinese(clause: Clause, judge: Hit) -> str | None:
    """Return what a clause begins with, up to "very" or the judgement: 笔尖很差."""
    until = judge.first
    degrees = _list("degrees")
    words: Sequence = clause.words[clause.first : until]
    text = "".join(word.text for word in words)
    for degree in degrees:
        text = text.partition(degree)[0]
    is_name = len(text) in CHARACTERS and all(
        word.kind == HAN for word in words[: len(text)]
    )
    is_known = any(hit.first < clause.first + len(text) for hit in clause.hits)
    if not is_name or is_known or any(part in text for part in _list("no_parts")):
        return None
    return None if text in _list("no_names") else text


@lru_cache(maxsize=8)
def _list(name: str) -> tuple[str, ...]:
    file = FOLDER / "mining.yaml"
    read = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    return tuple(read[name])
