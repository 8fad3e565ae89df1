"""Ask for a job, watch it, stop it."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now

from profiles.models import Job, JobChunk, JobLine
from retention_site.lib import registry
from retention_site.lib.wake import wake

TASK = "profiles.tasks.work_jobs"


class JobFailed(Exception):
    """The job ended without its result; says why in one sentence."""


@transaction.atomic
def start(
    kind: str,
    params: dict[str, Any],
    *,
    title: str,
    key: str | None = None,
    by: AbstractBaseUser | None = None,
) -> Job:
    """Put a job on the list and wake a worker.

    A job with the same ``key`` is not begun twice: the first one is returned, and taken
    up again where it stopped if it had failed or been cancelled. Raise
    `registry.UnknownPlugin` for an unknown kind.
    """
    registry.load("jobs", kind)
    wanted = {"kind": kind, "title": title, "params": params, "created_by": by}
    job = (
        Job.objects.get_or_create(key=key, defaults=wanted)[0]
        if key
        else Job.objects.create(**wanted)
    )
    if job.state in (Job.State.FAILED, Job.State.CANCELLED):
        _take_up_again(job)
    if job.is_live:
        wake(TASK)
    return job


def cancel(job: Job) -> bool:
    """Stop a job; running parts end at their next sign of progress. False when it had
    ended already.
    """
    with transaction.atomic():
        n = (
            Job.objects.live()
            .filter(pk=job.pk)
            .update(state=Job.State.CANCELLED, finished_at=Now())
        )
        if n:
            job.chunks.filter(state=JobChunk.State.QUEUED).update(
                state=JobChunk.State.FAILED, error="cancelled"
            )
            say(job, "cancelled")
    job.refresh_from_db()
    return bool(n)


def say(job: Job, words: str) -> None:
    """Write one line into the job's log."""
    JobLine.objects.create(job=job, text=words)


def _take_up_again(job: Job) -> None:
    """Give the parts that were not done a fresh start; what is done stays done."""
    lost = job.chunks.exclude(state=JobChunk.State.DONE)
    lost.update(
        state=JobChunk.State.QUEUED,
        n_attempts=0,
        lease_token=None,
        lease_until=None,
        error="",
        progress=0,
    )
    state = Job.State.QUEUED if job.n_chunks is None else Job.State.RUNNING
    Job.objects.filter(pk=job.pk).update(state=state, error="", finished_at=None)
    job.refresh_from_db()
    say(job, "taken up again")
