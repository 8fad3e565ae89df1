"""Import a file as a job that one can watch."""

from datetime import datetime
from typing import Any

from profiles.jobs import Progress
from profiles.models import Job

from . import imports


class ImportJob:
    """One part: the file. ``params``: kind, path, and optionally source, time_zone and
    latest.
    """

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [job.params]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        latest = datetime.fromisoformat(chunk["latest"]) if "latest" in chunk else None
        return imports.load(
            chunk["kind"],
            chunk["path"],
            chunk.get("source", ""),
            chunk.get("time_zone"),
            latest=latest,
            progress=progress,
        )

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]
