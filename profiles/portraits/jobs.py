"""Portraits and groups as jobs of workers."""

from datetime import datetime
from typing import Any

from profiles.jobs import Progress
from profiles.models import Job
from retention_site.lib import clock

from . import groups, refresh


class _OnePart:
    """A job of one part: the scans are shared by all customers."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [
            {
                "as_of": job.params.get("as_of") or clock.now().isoformat(),
                "is_past": "is_past" in job.params,
            }
        ]

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]


class PortraitsJob(_OnePart):
    """Everybody's portrait, and the group that each customer is in."""

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        as_of = datetime.fromisoformat(chunk["as_of"])
        if chunk.get("is_past"):
            return refresh.drawn_then(as_of)
        result = refresh.refresh(as_of)
        progress(0.8, "portraits drawn")
        return result | {"grouped": groups.assign(as_of)}


class GroupsJob(_OnePart):
    """The groups themselves, formed anew."""

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        as_of = datetime.fromisoformat(chunk["as_of"])
        return groups.fit(as_of, is_past=bool(chunk.get("is_past")))
