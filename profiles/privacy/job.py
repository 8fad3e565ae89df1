"""Erase in a worker; one part, for the stores are gone through in their order."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from profiles import jobs
from profiles.jobs import Progress
from profiles.models import DataRequest, Job
from profiles.privacy import erasing

KIND = "erase"


class EraseJob:
    """What is left of an erasure once it has begun; killed, it is taken up again."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{"request": job.params["request"]}]

    def run(self, job: Job, chunk: dict[str, Any], progress: Progress) -> dict[str, Any]:
        request = erasing.finish(DataRequest.objects.get(pk=chunk["request"]), progress=progress)
        return {"stores": len(request.receipt)}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]


def start(request: DataRequest, *, by: AbstractBaseUser | None = None) -> Job:
    """Hand the rest of an erasure to the workers; the same request is one job."""
    title = _("Erase customer %(n)s for good") % {"n": request.customers[0]}
    return jobs.start(KIND, {"request": request.pk}, title=title, key=f"{KIND}:{request.pk}", by=by)


def see_to_unfinished() -> int:
    """Start the jobs of erasures that nobody works on, such as those whose command was killed; return how many."""
    waiting = erasing.abandoned()
    for request in waiting:
        start(request)
    return len(waiting)
