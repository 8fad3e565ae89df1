"""The long work of privacy as jobs: what is left of an erasure once it has begun, and
what is past its period.
"""

from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_noop

from profiles import jobs
from profiles.jobs import Progress
from profiles.models import DataRequest, Job
from profiles.privacy import erasure, retention
from retention_site.lib.clock import real_now

ERASE, AGAIN, DROP = "erase", "erase_again", "retention"


class EraseJob:
    """Go through every store; one part, for they are gone through in their order."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{"request": job.params["request"]}]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        request = DataRequest.objects.get(pk=chunk["request"])
        if request.finished_at is None:  # else another one's job took it along
            request = erasure.finish(request, progress=progress)
        return {"stores": len(request.receipt)}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]


class EraseAgainJob:
    """Look once more through what calls on their way may have brought after erasures."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{}]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        return {"requests": erasure.look_again()}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]


class RetentionJob:
    """Drop what is past its period; a part for each kind of data."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{"kind": kind} for kind in retention.due()]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        return {chunk["kind"]: retention.drop(chunk["kind"], progress)}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return {kind: n for one in results for kind, n in one.items() if n}


def start(request: DataRequest, *, by: User | None = None) -> Job:
    """Hand the rest of an erasure to the workers; the same request is one job."""
    title = gettext_noop("Erase customer %(n)s for good") % {"n": request.customers[0]}
    return jobs.start(
        ERASE, {"request": request.pk}, title=title, key=f"{ERASE}:{request.pk}", by=by
    )


def see_to_erasures() -> int:
    """Start the jobs of erasures that nobody works on, such as those whose command was
    killed, and the second looks.

    Return how many were started.
    """
    waiting = erasure.abandoned()
    for request in waiting:
        start(request)
    late = erasure.due_again()
    if late:
        jobs.start(
            AGAIN,
            {},
            title=gettext_noop("Look again through what was erased"),
            key=f"{AGAIN}:{late[-1].pk}",
        )
    return len(waiting) + bool(late)


def start_daily() -> Job:
    """Drop what is past its period, once a day."""
    title = gettext_noop("Drop what is past its period")
    return jobs.start(DROP, {}, title=title, key=f"{DROP}:{real_now():%Y-%m-%d}")
