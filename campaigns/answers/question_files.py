"""Questions in a file of JSON lines, answered from a folder without a shop."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .orders.order_files import OrderBook
from .reply import reply_to
from .retrieval.answerer import Answerer
from .retrieval.replies import Reply, State, as_json

LONGEST_LINE = 1_000_000  # bytes
MOST_TEXT = 20_000  # characters of a question that are looked at


class QuestionError(ValueError):
    """A line is no question: one clear sentence."""


@dataclass(frozen=True)
class Line:
    """One question of a file."""

    id: Any
    question: str
    language: str | None
    customer: str | None


def lines(file: Path) -> Iterator[bytes]:
    """Yield the lines that hold anything."""
    with file.open("rb") as opened:
        for number, line in enumerate(opened):
            held = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
            if held.strip():
                yield held


def read(line: bytes) -> Line:
    """Read one line; raise `QuestionError`."""
    if len(line) > LONGEST_LINE:
        raise QuestionError(f"longer than {LONGEST_LINE} bytes")
    try:
        said = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"no JSON: {error}") from error
    if not isinstance(said, dict):
        raise QuestionError("no JSON object")
    question = said.get("question")
    if not isinstance(question, str):
        raise QuestionError("question is missing or no text")
    customer, language = said.get("customer"), said.get("language")
    return Line(
        said.get("id"),
        question[:MOST_TEXT],
        language if isinstance(language, str) else None,
        str(customer) if isinstance(customer, str | int) and customer != "" else None,
    )


def answer(line: bytes, answerer: Answerer, book: OrderBook) -> dict[str, Any]:
    """Return the answer to one line; one that can't be read goes to a person with its
    reason.
    """
    try:
        asked = read(line)
    except QuestionError as error:
        return _json(None, Reply(State.HANDED_OVER, "unreadable")) | {
            "error": str(error)
        }
    own = None if asked.customer is None else book.of(asked.customer)
    is_others = partial(book.is_others, customer=asked.customer or "")
    reply = reply_to(asked.question, asked.language, answerer, own, is_others)
    return _json(asked.id, reply)


def total(counted: Counter[str], seconds: float, problems: list[str]) -> dict[str, Any]:
    """Return the last line: how many ended where."""
    states = {str(state): counted[state] for state in State}
    n = sum(counted.values())
    return {"n": n, **states, "seconds": round(seconds, 3), "problems": problems}


def _json(key: Any, reply: Reply) -> dict[str, Any]:
    return {"id": key, **as_json(reply)}
