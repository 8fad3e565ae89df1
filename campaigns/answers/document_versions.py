"""Keep documents of the shop, a new version for each change; passages of those in use."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from django.db import transaction

from campaigns.models import Document, DocumentVersion
from retention_site.lib.wake import wake

from .retrieval import documents
from .retrieval.passages import Passage

ANSWER = "campaigns.tasks.answer_questions"


def import_folder(
    path: Path, progress: Callable[[float], None] = lambda share: None
) -> dict[str, Any]:
    """Keep a folder's documents; raise `DocumentError`. A file that can't be read is
    told of, the others are kept.
    """
    begin = monotonic()
    found, problems = documents.folder(path)
    counted: Counter[str] = Counter()
    for number, one in enumerate(found, 1):
        counted[keep(one)] += 1
        progress(number / len(found))
    return {
        "kind": "documents",
        "file": str(path),
        "source": path.name,
        "read": len(found) + len(problems),
        "stored": counted["stored"],
        "updated": counted["updated"],
        "duplicates": counted["duplicates"],
        "quarantined": len(problems),
        "reasons": dict(Counter(problems)),
        "warnings": {},
        "joined": 0,
        "quarantine": None,
        "seconds": round(monotonic() - begin, 3),
    }


@transaction.atomic
def keep(found: documents.Document) -> str:
    """Keep a document: "stored" where it is new, "updated" with a new version,
    "duplicates" where it says what it said.
    """
    document, _made = Document.objects.get_or_create(
        name=found.name, defaults={"format": found.format, "language": found.language}
    )
    document = Document.objects.select_for_update().get(pk=document.pk)
    digest = hashlib.sha256(found.text.encode()).hexdigest()
    newest = document.versions.order_by("-number").first()
    if newest is not None and newest.digest == digest:
        return "duplicates"
    document.format, document.language = found.format, found.language
    document.save()
    DocumentVersion.objects.create(
        document=document,
        number=newest.number + 1 if newest else 1,
        text=found.text,
        digest=digest,
    )
    wake(ANSWER)  # a worker reads it before somebody asks
    return "updated" if newest else "stored"


def current_key() -> tuple[tuple[int, str], ...]:
    """Say which versions are in use: another key means other passages."""
    found = DocumentVersion.objects.current().order_by("document__name")
    return tuple(found.values_list("pk", "document__language"))


def current_passages() -> list[Passage]:
    """Return the passages of all documents in use."""
    found = DocumentVersion.objects.current().select_related("document")
    return [
        passage
        for version in found.order_by("document__name")
        for passage in passages_of(version)
    ]


def passages_of(version: DocumentVersion) -> list[Passage]:
    """Return what one version can be cited for."""
    document = version.document
    read = documents.Document(
        document.name, version.text, document.format, document.language
    )
    return read.passages()
