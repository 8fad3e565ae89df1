"""The table of the test set, the curve of risk over coverage, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.service_answers.order_questions import n_right
from benchmarks.service_answers.question_sets import TEST, Question, sets
from campaigns.answers.reply import reply_to
from campaigns.answers.retrieval.answerer import Answerer
from campaigns.answers.retrieval.build import answerer
from campaigns.answers.retrieval.passages import Passage
from campaigns.answers.retrieval.replies import Reply, State
from campaigns.answers.retrieval.words import NUMBER
from campaigns.stats.comparisons.guardrails import wilson

COVERAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)


@dataclass(frozen=True)
class Asked:
    """One question, what came of it, and what was ranked first."""

    question: Question
    language: str
    reply: Reply
    first: tuple[Passage, ...]  # three, whatever the state
    score: float  # 0 where it can't be sure
    seconds: float
    n_strange: int  # numbers of the answer that its citation doesn't hold

    @property
    def is_right(self) -> bool:
        """The first passage shown answers it."""
        return any(_holds(one, self.question) for one in self.reply.passages[:1])

    @property
    def is_shown(self) -> bool:
        return any(_holds(one, self.question) for one in self.reply.passages)

    @property
    def is_found(self) -> bool:
        return any(_holds(one, self.question) for one in self.first)


def measured(home: Path) -> list[Asked]:
    """Ask every question of the test set."""
    found = []
    for one in sets(TEST):
        passages = [
            passage for document in one.documents for passage in document.passages()
        ]
        texts = {document.name: document.text for document in one.documents}
        made = answerer(passages, home)
        reply_to("warm up", one.language, made)
        found += [
            _asked(question, one.language, made, texts) for question in one.questions
        ]
    return found


def printed(asked: list[Asked], *, shows: bool = False) -> str:
    """Return the table."""
    lines = ["", f"{'':44}{'en':>10}{'zh':>10}{'both':>10}   wanted"]
    for what, value, wanted in _figures(asked):
        cells = "".join(f"{one:>10}" for one in value)
        lines.append(f"{what:44}{cells}   {wanted}")
    lines += ["", "Risk over coverage (sure answers, both languages):", *_curve(asked)]
    if shows:
        lines += ["", *_faults(asked)]
    return "\n".join(lines)


def written(asked: list[Asked]) -> str:
    """Return the table as a card in Markdown."""
    rows = [
        f"| {what} | {' | '.join(values)} | {wanted} |"
        for what, values, wanted in _figures(asked)
    ]
    curve = [f"    {line.strip()}" for line in _curve(asked)]
    return "\n".join(
        [
            "# Service answers: the card",
            "",
            "Written by `python -m benchmarks.service_answers --card`. The thresholds"
            " were chosen on documents of other shops.",
            "",
            "| figure | en | zh | both | wanted |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "Risk over coverage, sure answers of both languages:",
            "",
            *curve,
            "",
        ]
    )


def _asked(
    question: Question, language: str, made: Answerer, texts: dict[str, str]
) -> Asked:
    start = perf_counter()
    reply = reply_to(question.text, language, made)
    seconds = perf_counter() - start
    index = made.indexes[language]
    order = index.ranked(question.text).order[:3]
    first = tuple(index.passages[at] for at in order)
    can_be_sure = reply.state is not State.HANDED_OVER
    score = made.sure_score(question.text, language) if can_be_sure else 0.0
    cited = " ".join(texts[one.document][one.start : one.end] for one in reply.passages)
    strange = set(NUMBER.findall(reply.answer or "")) - set(NUMBER.findall(cited))
    return Asked(question, language, reply, first, score, seconds, len(strange))


def _figures(asked: list[Asked]) -> Iterable[tuple[str, list[str], str]]:
    parts = [[one for one in asked if one.language == name] for name in ("en", "zh")]
    parts.append(asked)
    can = [[one for one in part if one.question.is_answerable] for part in parts]
    sure = [[o for o in part if o.reply.state is State.ANSWERED] for part in parts]
    yield "questions", [str(len(part)) for part in parts], "≥ 600"
    yield "  of them answerable", [str(len(part)) for part in can], ""
    yield (
        "right passage in the first three",
        [_share(o.is_found for o in part) for part in can],
        "≥ .90 en, ≥ .85 zh",
    )
    yield (
        "right passage shown",
        [_share(o.is_shown for o in part) for part in can],
        "≥ .85",
    )
    yield "sure answers", [str(len(part)) for part in sure], ""
    yield (
        "coverage: right and sure, of the answerable",
        [
            f"{sum(o.is_right for o in part) / len(of):.3f}"
            for part, of in zip(sure, can, strict=True)
        ],
        "≥ .20",
    )
    yield (
        "wrong of the sure",
        [f"{sum(not o.is_right for o in part)}/{len(part)}" for part in sure],
        "≤ 2 of 100",
    )
    n_wrong, n = sum(not o.is_right for o in sure[2]), len(sure[2])
    low, high = wilson(n_wrong, n) if n else (0.0, 1.0)
    yield "  its 95 % interval", ["", "", f"{low:.3f}–{high:.3f}"], ""
    kinds = dict.fromkeys(
        o.question.kind for o in asked if not o.question.is_answerable
    )
    for kind in kinds:
        of = [[o for o in part if o.question.kind == kind] for part in parts]
        counted = [
            f"{sum(o.reply.state is State.ANSWERED for o in part)}/{len(part)}"
            for part in of
        ]
        yield f"answered though: {kind}", counted, "≤ .03"
    nobody = [[o for o in part if not o.question.is_answerable] for part in parts]
    yield (
        "answered though: all six",
        [_share(o.reply.state is State.ANSWERED for o in part) for part in nobody],
        "≤ .03",
    )
    yield (
        "numbers outside the cited span",
        [str(sum(o.n_strange for o in part)) for part in parts],
        "0",
    )
    told = [n_right("en"), n_right("zh")]
    told.append((told[0][0] + told[1][0], told[0][1] + told[1][1]))
    yield "order facts right", [f"{right}/{of}" for right, of in told], "all"
    yield (
        "milliseconds, p95",
        [
            f"{1000 * np.quantile([o.seconds for o in part], 0.95):.1f}"
            for part in parts
        ],
        "≤ 100",
    )


def _share(flags: Iterable[bool]) -> str:
    found = list(flags)
    return f"{sum(found) / len(found):.3f}" if found else "-"


def _curve(asked: list[Asked]) -> list[str]:
    """Say how many of the surest are wrong as more of the answerable are covered."""
    ordered = sorted(asked, key=lambda one: -one.score)
    n_can = sum(one.question.is_answerable for one in asked)
    n_right = n_wrong = 0
    lines, wanted = [], list(COVERAGES)
    for one in ordered:
        if not one.score:
            break
        n_right, n_wrong = n_right + one.is_right, n_wrong + (not one.is_right)
        while wanted and n_right / n_can >= wanted[0]:
            risk = n_wrong / (n_right + n_wrong)
            lines.append(f"  coverage {wanted.pop(0):.1f}   wrong {risk:.3f}")
    return lines


def _faults(asked: list[Asked]) -> list[str]:
    wrong = [
        f"sure and wrong  {o.score:.2f}  {o.question.kind}: {o.question.text} →"
        f" {o.reply.answer}"
        for o in asked
        if o.reply.state is State.ANSWERED and not o.is_right
    ]
    lost = [
        f"not shown  {o.reply.state} {o.reply.why}: {o.question.text}"
        for o in asked
        if o.question.is_answerable and not o.is_shown
    ]
    return [*wrong, *lost]


def _holds(passage: Passage, question: Question) -> bool:
    return (
        passage.document == question.document
        and passage.start <= question.at < passage.end
    )
