"""Learn how sure an answer is from the tuning sets alone, and write it down.

The thresholds are chosen on questions whose documents the regression has not seen: each
set is scored by what was learned from the other sets of its language.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.service_answers.question_sets import TUNING, QuestionSet, sets
from campaigns.answers.retrieval.evidence import BARS, NAMES, evidence
from campaigns.answers.retrieval.index import Index
from campaigns.answers.retrieval.question_kinds import Kind, kind
from campaigns.answers.retrieval.readers import readers
from campaigns.answers.retrieval.sureness import FILE

INVERSE_PENALTY = 0.1
MOST_WRONG = 0.01  # of sure answers on the tuning sets: half of what is promised
MOST_UNKNOWN = {"en": 0.3, "zh": 0.5}
OFFERED_OF_ANSWERABLE = 0.95  # share of the answerable that is shown something
VERSION = "1"

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]  # evidence, right, answerable


def learn(home: Path) -> None:
    """Write `sureness.json` anew."""
    languages = {}
    found = sets(TUNING)
    for language in ("en", "zh"):
        own = [_rows(one, home) for one in found if one.language == language]
        languages[language] = _learned(own, MOST_UNKNOWN[language])
    names = [one.name for one in found]
    told = {"version": VERSION, "learned_on": names, "languages": languages}
    FILE.write_text(json.dumps(told, indent=1) + "\n")


def _learned(rows: list[Rows], most_unknown: float) -> dict:
    scores, right, answerable, barred = [], [], [], []
    for number, (values, is_right, can) in enumerate(rows):
        others = [one for place, one in enumerate(rows) if place != number]
        model = _fit(others)
        scores.append(_probability(model, values))
        right.append(is_right)
        answerable.append(can)
        barred.append(_barred(values, most_unknown))
    score, is_right, can = map(np.concatenate, (scores, right, answerable))
    free = ~np.concatenate(barred)
    means, scales, weights, intercept = _fit(rows)
    return {
        "names": list(NAMES),
        "means": [round(float(one), 6) for one in means],
        "scales": [round(float(one), 6) for one in scales],
        "weights": [round(float(one), 6) for one in weights],
        "intercept": round(float(intercept), 6),
        "answer_from": _answer_from(score[free], is_right[free]),
        "offer_from": round(
            float(np.quantile(score[can], 1 - OFFERED_OF_ANSWERABLE)), 4
        ),
        "most_unknown": most_unknown,
        "n": len(score),
    }


def _rows(one: QuestionSet, home: Path) -> Rows:
    index = Index(
        [passage for document in one.documents for passage in document.passages()],
        readers(one.language, home),
        one.language,
    )
    values, right, can = [], [], []
    for question in one.questions:
        if kind(question.text, one.language, index.known) is not Kind.POLICY:
            continue
        ranking = index.ranked(question.text)
        best = index.passages[ranking.order[0]]
        values.append(evidence(question.text, ranking, index).values())
        right.append(
            best.document == question.document and best.start <= question.at < best.end
        )
        can.append(question.is_answerable)
    return np.array(values), np.array(right), np.array(can)


def _fit(rows: list[Rows]) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    values = np.concatenate([one[0] for one in rows])
    right = np.concatenate([one[1] for one in rows])
    means, scales = values.mean(0), values.std(0)
    scales[scales < 1e-9] = 1.0
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=2_000)
    model.fit((values - means) / scales, right)
    return means, scales, model.coef_[0], float(model.intercept_[0])


def _probability(model: tuple, values: np.ndarray) -> np.ndarray:
    means, scales, weights, intercept = model
    return 1 / (1 + np.exp(-((values - means) / scales @ weights + intercept)))


def _barred(values: np.ndarray, most_unknown: float) -> np.ndarray:
    table = dict(zip(NAMES, values.T, strict=True))
    bars = np.any([table[name] > 0 for name in BARS], axis=0)
    return bars | (table["unknown"] > most_unknown)


def _answer_from(score: np.ndarray, right: np.ndarray) -> float:
    """Return the lowest threshold at which few enough sure answers are wrong."""
    order = np.argsort(-score)
    wrong = np.cumsum(~right[order])
    fits = np.flatnonzero(wrong <= MOST_WRONG * np.arange(1, len(order) + 1))
    if not len(fits):
        return 1.0
    last = int(fits[-1])
    below = score[order[last + 1]] if last + 1 < len(order) else 0.0
    return round(float((score[order[last]] + below) / 2), 4)
