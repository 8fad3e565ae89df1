"""Draw the encoders of the documents' languages as a job, so that the worker that sends
what somebody waits for only opens them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from profiles import jobs
from profiles.jobs import Progress
from profiles.models import Job
from retention_site.lib.wake import wake

from .document_versions import ANSWER, current_key
from .retrieval.readers import draw

KIND = "answer_encoders"
TITLE = gettext_noop("Prepare answers")


class EncodersJob:
    """One part a language; drawn once, they stay in MODEL_DIR."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{"language": language} for language in job.params["languages"]]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        draw(chunk["language"], Path(settings.MODEL_DIR) / "encoders")
        return chunk

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        transaction.on_commit(lambda: wake(ANSWER))
        return {"languages": [one["language"] for one in results]}


def is_done() -> bool:
    """Say whether the encoders of all documents in use were drawn; begin it where
    nobody has. What failed is tried by whoever answers.
    """
    languages = sorted({language for _version, language in current_key()})
    newest = Job.objects.filter(kind=KIND).order_by("-pk").first()
    if newest is not None and newest.is_live:
        return False
    if newest is None or not set(languages) <= set(newest.params["languages"]):
        if languages:
            jobs.start(KIND, {"languages": languages}, title=TITLE)
        return not languages
    return True
