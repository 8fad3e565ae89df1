"""Import a file as a job that one can watch, and look before at what it would come to."""

from datetime import datetime
from typing import Any

from profiles.jobs import Progress
from profiles.models import Job

from . import import_preview, imports
from .column_mapping.spec import ColumnMapping


class ImportJob:
    """One part: the file. ``params``: kind, path, and optionally source, time_zone,
    latest and mapping.
    """

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [job.params]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        return imports.load(**_asked(chunk), progress=progress)

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]


class ImportPreviewJob(ImportJob):
    """Of the same parameters; stores nothing."""

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        return import_preview.preview(**_asked(chunk), progress=progress)


def _asked(chunk: dict[str, Any]) -> dict[str, Any]:
    mapping = chunk.get("mapping")
    return {
        "kind": chunk["kind"],
        "path": chunk["path"],
        "source": chunk.get("source", ""),
        "time_zone": chunk.get("time_zone"),
        "latest": (
            datetime.fromisoformat(chunk["latest"]) if "latest" in chunk else None
        ),
        "mapping": ColumnMapping.read(mapping) if mapping else None,
    }
