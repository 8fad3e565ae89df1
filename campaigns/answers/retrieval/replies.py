"""What becomes of a question: a state, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .passages import Passage
from .question_kinds import Kind


class State(StrEnum):
    """Where a question ends."""

    ANSWERED = "answered"
    OFFERED = "offered"
    HANDED_OVER = "handed_over"


@dataclass(frozen=True)
class Reply:
    """What becomes of a question, with what it rests on."""

    state: State
    why: str
    answer: str | None = None
    passages: tuple[Passage, ...] = ()
    score: float = 0.0  # how probable the first passage is the right one
    threshold: float | None = None  # of a sure answer
    version: str = ""
    kind: Kind = Kind.POLICY


def as_json(reply: Reply) -> dict[str, Any]:
    """Return a reply as every door tells it."""
    return {
        "state": str(reply.state),
        "answer": reply.answer,
        "passages": [
            {
                "document": one.document,
                "start": one.start,
                "end": one.end,
                "text": one.text,
            }
            for one in reply.passages
        ],
        "why": reply.why,
        "score": round(reply.score, 4),
        "threshold": reply.threshold,
        "version": reply.version or None,
    }
