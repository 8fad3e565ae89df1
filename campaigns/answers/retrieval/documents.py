"""Documents of a shop: their format, their language, their passages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from recommender.encoders.scripts import CHINESE as CHINESE_SCRIPT
from recommender.encoders.scripts import script

from . import html_document, markdown_document
from .passages import Passage, passages
from .words import CHINESE, ENGLISH

MARKDOWN, HTML = "markdown", "html"
FORMATS = {".md": MARKDOWN, ".markdown": MARKDOWN, ".html": HTML, ".htm": HTML}
MAX_BYTES = 2_000_000
_READ = {MARKDOWN: markdown_document.blocks, HTML: html_document.blocks}


class DocumentError(ValueError):
    """A document or a folder can't be read: one clear sentence."""


@dataclass(frozen=True)
class Document:
    """What a shop wrote, as it was written."""

    name: str
    text: str
    format: str
    language: str  # en or zh
    questions: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def passages(self) -> list[Passage]:
        return list(passages(_READ[self.format](self.text), self.name, self.language))


def folder(path: Path) -> tuple[list[Document], list[str]]:
    """Read a folder's Markdown and HTML with all below it; return the documents and a
    sentence for each file that can't be read. Raise `DocumentError`.
    """
    if not path.is_dir():
        raise DocumentError(f"{path} is not a folder.")
    documents, problems = [], []
    for file in _files(path):
        name = file.relative_to(path).as_posix()
        try:
            documents.append(read(name, file.read_bytes()))
        except (DocumentError, OSError) as error:
            problems.append(f"{name}: {error}")
    if not documents:
        raise DocumentError(
            f"{path} holds no Markdown or HTML that can be read."
            + (f" {problems[0]}" if problems else "")
        )
    return documents, problems


def read(name: str, content: bytes, language: str = "") -> Document:
    """Read one document; raise `DocumentError`."""
    if len(content) > MAX_BYTES:
        raise DocumentError(f"it is larger than {MAX_BYTES // 1_000_000} MB.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(f"it is not UTF-8 at byte {error.start}.") from error
    if "\0" in text:
        raise DocumentError("it holds zero bytes: it is no text.")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in FORMATS:
        raise DocumentError("it is neither Markdown (.md) nor HTML (.html).")
    return Document(name, text, FORMATS[suffix], language or language_of(text))


def language_of(text: str) -> str:
    """Name the language of a text by its script."""
    return CHINESE if script(text[:20_000]) == CHINESE_SCRIPT else ENGLISH


def short(language: str | None) -> str:
    """Bring "zh-hans", "zh_CN" and "Chinese" to the two letters used here; empty where
    it is none that is known.
    """
    known = (language or "").strip().lower().replace("_", "-")
    if known.startswith(("zh", "chinese", "中文")):
        return CHINESE
    return ENGLISH if known.startswith(("en", "english")) else ""


def _files(path: Path) -> Iterator[Path]:
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.suffix.lower() in FORMATS and file.is_file() and not hidden:
            yield file
