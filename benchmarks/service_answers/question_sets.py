"""Documents of invented shops with questions, and where each answer stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from campaigns.answers.retrieval.documents import Document, folder, short

HERE = Path(__file__).parent
TUNING, TEST = "tuning", "test"


@dataclass(frozen=True)
class Question:
    """A question and, where the documents answer it, the characters that do."""

    id: str
    text: str
    language: str
    kind: str  # answerable, or one of six that no document answers
    document: str = ""
    at: int = -1

    @property
    def is_answerable(self) -> bool:
        return self.kind == "answerable"


@dataclass(frozen=True)
class QuestionSet:
    name: str
    language: str
    documents: list[Document]
    questions: list[Question]


def sets(part: str) -> list[QuestionSet]:
    """Read the sets of one part."""
    paths = sorted((HERE / part).glob("*/questions.yaml"))
    return [_read(path) for path in paths]


def _read(path: Path) -> QuestionSet:
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    documents, _problems = folder(path.parent)
    texts = {one.name: one.text for one in documents}
    found = list(_questions(written, texts, path.parent.name))
    return QuestionSet(path.parent.name, short(written["language"]), documents, found)


def _questions(written: dict, texts: dict[str, str], name: str) -> Iterator[Question]:
    language = written["language"]
    for number, one in enumerate(written["answerable"]):
        at = texts[one["document"]].index(one["says"])
        for place, text in enumerate(one["ask"]):
            key = f"{name}-{number}-{place}"
            yield Question(key, text, language, "answerable", one["document"], at)
    for kind, texts_of in written["unanswerable"].items():
        for place, text in enumerate(texts_of):
            yield Question(f"{name}-{kind}-{place}", text, language, kind)
