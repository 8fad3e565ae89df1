"""Bring all segments up to date as a job that one can watch."""

from typing import Any

from profiles.jobs import Progress
from profiles.models import Job, Segment

from .saved_segments import refresh


class SegmentsJob:
    """One part a segment; of one segment only where ``params`` name it."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        meant = Segment.objects.order_by("pk")
        if "segment" in job.params:
            meant = meant.filter(pk=job.params["segment"])
        return [{"segment": pk} for pk in meant.values_list("pk", flat=True)]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        segment = Segment.objects.filter(pk=chunk["segment"]).first()
        return (
            {"segment": segment.name, "members": refresh(segment).n} if segment else {}
        )

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return {"segments": {one["segment"]: one["members"] for one in results if one}}
