"""Wait for a job to end, and take its parts in this process where no worker does."""

import time
from collections.abc import Callable

from django.db.models.functions import Now

from profiles.models import Job, JobChunk

from .requests import JobFailed
from .runner import work

LOOK_SECONDS = 0.2  # how often the job's row is looked at


def wait(
    job: Job,
    *,
    timeout: float | None = None,
    on_progress: Callable[[float], None] | None = None,
    works_itself: bool = False,
) -> Job:
    """Return the job when it is done; raise `JobFailed` with its sentence, or
    `TimeoutError` after ``timeout`` seconds.

    With ``works_itself`` this process takes parts too whenever no other worker has one:
    a command then ends even where no workers run.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    idle_since = time.monotonic()
    while True:
        job.refresh_from_db()
        if on_progress:
            on_progress(share_done(job))
        if not job.is_live:
            return _ended(job)
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError(f"{job.title} is not done after {timeout:g} s")
        if job.chunks.filter(
            state=JobChunk.State.LEASED, lease_until__gt=Now()
        ).exists():
            idle_since = time.monotonic()
        # longer than a worker takes from the wake-up to its claim: those that run go
        # first
        elif works_itself and time.monotonic() - idle_since > 1.5:
            work("wait", only=job)
        time.sleep(LOOK_SECONDS)


def share_done(job: Job) -> float:
    """Return how much of the job is done, 0 to 1, counting running parts by their own
    progress.
    """
    if job.state == Job.State.DONE:
        return 1.0
    if not job.n_chunks:
        return 0.0
    running = job.chunks.filter(state=JobChunk.State.LEASED).values_list(
        "progress", flat=True
    )
    # whole only once the job itself says so: its last step may still fail
    return min((job.n_done + sum(running)) / job.n_chunks, 0.999)


def _ended(job: Job) -> Job:
    if job.state != Job.State.DONE:
        raise JobFailed(job.error or f"{job.title} was {job.state}")
    return job
