"""The job that measures a journey, so that no page waits for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from campaigns.models import Campaign
from campaigns.proof.journeys.journey_report import evaluate
from profiles.jobs import Progress
from profiles.models import Job


class EvaluateJourneyJob:
    """One part: the journey. Params: campaign; until (ISO 8601, else now)."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [dict(job.params)]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        """Measure and store; done twice it stores the same report again."""
        until = datetime.fromisoformat(chunk["until"]) if chunk.get("until") else None
        report = evaluate(Campaign.objects.get(pk=chunk["campaign"]), until=until)
        progress(1.0)
        return {"report": report.pk}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]
