"""Do the work of jobs, part by part, until nothing is left to claim."""

import os
import time
from collections.abc import Callable

import structlog
from django.db import OperationalError, close_old_connections, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from structlog.contextvars import bound_contextvars

from profiles.models import Job, JobChunk
from retention_site.lib.commands import first_line, plain
from retention_site.lib.wake import wake

from . import claims
from .claims import Claim, claim, complete, give_back
from .heartbeat import Heartbeat, Interrupted
from .job_kinds import kind_of
from .requests import TASK, say

log = structlog.get_logger(__name__)
# a worker goes back to its broker now and then: it may be told to stop
SHIFT_SECONDS = 600.0


def work(
    task: str = TASK,
    *,
    only: Job | None = None,
    stops: Callable[[], bool] = lambda: False,
) -> int:
    """Do parts of jobs until none is free, and return how many were done.

    ``task`` names this worker in the log beside its process id. ``only`` keeps to one
    job; ``stops`` is asked between two parts.
    """
    ends_at, n_done = time.monotonic() + SHIFT_SECONDS, 0
    while not stops():
        if time.monotonic() > ends_at:
            wake(TASK)
            break
        plan_queued(only)
        claimed = claim(f"{os.getpid()} {task}", only)
        if claimed is None:
            # a worker may have died between the last part and the end
            finish_ready(only)
            break
        n_done += do(claimed)
        finish_ready(claimed.chunk.job)
    return n_done


def plan_queued(only: Job | None = None) -> None:
    """Cut every waiting job into its chunks, each in one transaction."""
    while (job := _plan_one(only)) is not None:
        for _ in range(min((job.n_chunks or 1) - 1, 16)):
            wake(TASK)  # other workers take part


def do(claimed: Claim) -> bool:
    """Do one chunk under its lease; an error is stored with the chunk. True when this
    worker's result counts.
    """
    chunk = claimed.chunk
    with bound_contextvars(job=chunk.job_id, part=chunk.number):
        return _do(claimed)


def _do(claimed: Claim) -> bool:
    chunk = claimed.chunk
    try:
        with Heartbeat(claimed) as progress:
            result = kind_of(chunk.job).run(chunk.job, chunk.span, progress)
    except Interrupted:
        log.info("part taken away")
        return False
    except Exception as error:
        log.warning("part failed", exc_info=True)
        close_old_connections()
        is_hopeless = getattr(error, "is_hopeless", False)
        give_back(claimed, sentence(error), is_hopeless=is_hopeless)
        return False
    return complete(claimed, plain(result))


def sweep() -> None:
    """Fail what killed its workers too often; wake a worker where work waits: its
    wake-up or its worker was lost.
    """
    claims.fail_worn_out()
    if (
        Job.objects.filter(state=Job.State.QUEUED).exists()
        or claims.has_free()
        or _ready().exists()
    ):
        wake(TASK)


def finish_ready(only: Job | None = None) -> None:
    """End every running job whose parts are all done: exactly once, in one transaction."""
    for pk in _ready() if only is None else _ready().filter(pk=only.pk):
        _finish_one(pk)


def sentence(error: Exception) -> str:
    """Say an error in one sentence; a bug's says its kind as well."""
    words = first_line(error)
    is_ours = type(error).__module__.split(".")[0] in {
        "profiles",
        "recommender",
        "campaigns",
        "retention_site",
    }
    return words if is_ours else f"{type(error).__name__}: {words}"


def _plan_one(only: Job | None) -> Job | None:
    with transaction.atomic():
        waiting = Job.objects.filter(state=Job.State.QUEUED)
        if only is not None:
            waiting = waiting.filter(pk=only.pk)
        job = waiting.order_by("id").select_for_update(skip_locked=True).first()
        if job is None:
            return None
        try:
            with transaction.atomic():
                _cut(job)
        except Exception as error:
            log.warning("job not planned", job=job.pk, exc_info=True)
            claims.fail(job, sentence(error))
    return job


def _cut(job: Job) -> None:
    spans = kind_of(job).chunks(job)
    JobChunk.objects.bulk_create(
        JobChunk(job=job, number=n, span=plain(span)) for n, span in enumerate(spans)
    )
    job.n_chunks = len(spans)
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.RUNNING, n_chunks=len(spans), started_at=Now()
    )


def _ready() -> QuerySet[Job, int]:
    """Running jobs whose parts are all done, by primary key."""
    unfinished = JobChunk.objects.filter(job=OuterRef("pk")).exclude(
        state=JobChunk.State.DONE
    )
    return Job.objects.filter(~Exists(unfinished), state=Job.State.RUNNING).values_list(
        "pk", flat=True
    )


def _finish_one(pk: int) -> None:
    with transaction.atomic():
        job = (
            Job.objects.filter(pk=pk, state=Job.State.RUNNING)
            .select_for_update(skip_locked=True)
            .first()
        )
        if job is None:
            return
        try:
            with transaction.atomic():
                results = [
                    chunk.result or {} for chunk in job.chunks.order_by("number")
                ]
                answer = plain(kind_of(job).finish(job, results))
        except OperationalError:
            raise  # the database went away: the next sweep ends the job
        except Exception as error:
            log.warning("job not finished", job=job.pk, exc_info=True)
            claims.fail(job, sentence(error))
        else:
            Job.objects.filter(pk=pk).update(
                state=Job.State.DONE, result=answer, error="", finished_at=Now()
            )
            say(job, "done")
