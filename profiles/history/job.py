"""Bring the history up to date as a job that one can watch."""

from dataclasses import asdict
from typing import Any

from profiles.jobs import Progress
from profiles.models import Job
from retention_site.lib.commands import plain

from .refresh import refresh


class HistoryJob:
    """One part: what was committed since the last time."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{}]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        return plain(asdict(refresh(progress=progress)))

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]
