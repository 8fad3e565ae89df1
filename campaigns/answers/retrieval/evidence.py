"""What speaks for and against the best passage: the numbers from which sureness is
computed.
"""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass, fields

import numpy as np

from .index import Fit, Index, Ranking
from .question_kinds import asks_twice, holds, rests_on_a_premise
from .words import normal, numbers

MONEY = re.compile(
    r"[$€£¥%]|\d ?(?:元|块)|\bfree\b|\bcosts?\b|\bprice\b|without fee|免费|包邮|折|承担"
)
TIME = re.compile(
    r"\d|day|hour|week|month|year|night|minute|\bonce\b|sunday|monday|tuesday|wednesday"
    r"|thursday|friday|saturday|天|小时|点|周|月|年|星期|分钟|立即"
)


@dataclass(frozen=True)
class Evidence:
    """One question beside its best passage."""

    ahead: float  # the best passage's score, in deviations above the mean
    margin: float  # … and above the second
    margin_second: float  # the second's above the third
    cosine: float  # of the language's own encoder
    cosine_above: float  # … above the mean of all passages
    universal: float  # of the universal encoder
    universal_above: float
    cover: float  # share of the question's words that it holds
    unknown: float  # share of words that no passage holds
    elsewhere: float  # share of words that only other passages hold
    n_missing: float  # words that it lacks
    n_words: float
    title: float  # cosine with its headings
    agree: float  # both encoders put it first
    strange_number: float  # a number that isn't in it
    no_such_fact: float  # asks for money or time, and it tells none
    contact: float  # asks for a number or address to reach somebody
    premise: float
    twice: float

    def values(self) -> np.ndarray:
        return np.array(astuple(self), float)


NAMES = tuple(one.name for one in fields(Evidence))
# with one of these a person should look at the passages before they count as an answer
BARS = ("strange_number", "no_such_fact", "contact", "premise", "twice")


def evidence(question: str, ranking: Ranking, index: Index) -> Evidence:
    """Gather what is known of the best passage."""
    order, score = ranking.order, ranking.score
    best = order[0]
    passage = index.passages[best]
    own = index.words[best]
    whole = sum(ranking.weights.values()) or 1.0
    unknown = [word for word in ranking.words if word not in index.rarity]
    others = [word for word in ranking.words - own if word in index.rarity]
    text = normal(f"{passage.title} {passage.text}")
    nothing = np.zeros(len(index.passages))
    first = ranking.fits[0] if ranking.fits else Fit(0, nothing, nothing, nothing)
    second = ranking.fits[1] if len(ranking.fits) > 1 else first
    tops = {int(np.argmax(fit.cosines)) for fit in ranking.fits}
    third = score[order[2]] if len(order) > 2 else score[order[-1]]
    runner_up = score[order[1]] if len(order) > 1 else score[best] - 1
    return Evidence(
        ahead=float(score[best]),
        margin=float(score[best] - runner_up),
        margin_second=float(runner_up - third),
        cosine=float(first.cosines[best]),
        cosine_above=float(first.cosines[best] - first.cosines.mean()),
        universal=float(second.cosines[best]),
        universal_above=float(second.cosines[best] - second.cosines.mean()),
        cover=float(ranking.cover[best]),
        unknown=sum(ranking.weights[word] for word in unknown) / whole,
        elsewhere=sum(ranking.weights[word] for word in others) / whole,
        n_missing=float(len(ranking.words - own)),
        n_words=float(len(ranking.words)),
        title=max((float(fit.titles[best]) for fit in ranking.fits), default=0.0),
        agree=float(tops == {best}),
        strange_number=float(bool(numbers(question) - numbers(text))),
        no_such_fact=float(_lacks(question, text, index.language)),
        contact=float(holds(question, index.language, "asks_contact")),
        premise=float(rests_on_a_premise(question, index.language)),
        twice=float(asks_twice(question, index.language)),
    )


def _lacks(question: str, text: str, language: str) -> bool:
    return (holds(question, language, "asks_money") and MONEY.search(text) is None) or (
        holds(question, language, "asks_time") and TIME.search(text) is None
    )
