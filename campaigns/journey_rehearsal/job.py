"""The job that rehearses a journey, so that no page waits for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from campaigns.journey_rehearsal.rehearse import DAYS, stored
from campaigns.models import Campaign
from profiles.jobs import Progress
from profiles.models import Job
from retention_site.lib.clock import now


class RehearseJourneyJob:
    """One part: the journey. Params: campaign; as_of (ISO 8601, else now); days."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [dict(job.params)]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        """Rehearse and store; done twice it stores the same again."""
        as_of = datetime.fromisoformat(chunk["as_of"]) if chunk.get("as_of") else now()
        journey = Campaign.objects.get(pk=chunk["campaign"])
        kept = stored(journey, as_of, int(chunk.get("days") or DAYS), progress)
        progress(1.0)
        return {"report": kept.pk}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]
