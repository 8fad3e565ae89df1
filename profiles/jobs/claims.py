"""Who works on what: every move of a chunk is one conditional statement, leases by the
database's clock.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from profiles.models import Job, JobChunk

from .lanes import FIRST, LAST, ONE_AT_A_TIME
from .requests import say

MAX_ATTEMPTS = 3

# Of the kinds of which one part is done at a time, another one is being done
IS_TAKEN = """
    (job.kind = ANY(%(single)s) AND EXISTS (
        SELECT FROM profiles_jobchunk AS busy JOIN profiles_job AS other ON other.id = busy.job_id
        WHERE busy.state = 'leased' AND busy.lease_until > clock_timestamp() AND other.kind = ANY(%(single)s)))
"""
# two that ask at once would both find the lane free
ONE_CLAIM = "SELECT pg_advisory_xact_lock(%s)"
LOCK = 0x6C616E6573  # "lanes"
CLAIM = f"""
    UPDATE profiles_jobchunk SET state = 'leased', lease_token = %(token)s, n_attempts = n_attempts + 1,
        lease_until = clock_timestamp() + make_interval(secs => %(lease)s), worker = %(worker)s, progress = 0,
        started_at = clock_timestamp()
    WHERE id = (
        SELECT chunk.id FROM profiles_jobchunk chunk JOIN profiles_job job ON job.id = chunk.job_id
        WHERE job.state = 'running' AND (%(job)s::bigint IS NULL OR job.id = %(job)s) AND chunk.n_attempts < %(most)s
            AND (chunk.state = 'queued' OR (chunk.state = 'leased' AND chunk.lease_until < clock_timestamp()))
            AND (job.id = %(job)s OR NOT {IS_TAKEN})
        ORDER BY job.kind <> ALL(%(first)s), job.kind = ANY(%(last)s), chunk.id LIMIT 1
        FOR UPDATE OF chunk SKIP LOCKED
    )
    RETURNING id
"""  # noqa: S608  ours
# The job's state is asked, too: the next beat of a stopped job takes its part away.
BEAT = """
    UPDATE profiles_jobchunk SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
        progress = %(progress)s, peak_mib = greatest(peak_mib, %(peak)s)
    WHERE id = %(id)s AND lease_token = %(token)s AND state = 'leased' AND EXISTS (
        SELECT FROM profiles_job WHERE id = job_id AND state = 'running')
"""
FREE = f"""
    SELECT FROM profiles_jobchunk chunk JOIN profiles_job job ON job.id = chunk.job_id
    WHERE job.state = 'running' AND NOT {IS_TAKEN}
        AND (chunk.state = 'queued' OR (chunk.state = 'leased' AND chunk.lease_until < clock_timestamp())) LIMIT 1
"""
# a part that kills its worker three times would kill every worker of the shop
WORN_OUT = """
    UPDATE profiles_jobchunk SET state = 'failed', finished_at = clock_timestamp(),
        error = 'its worker died ' || n_attempts || ' times'
    WHERE state = 'leased' AND lease_until < clock_timestamp() AND n_attempts >= %s RETURNING job_id, number, error
"""


@dataclass(frozen=True)
class Claim:
    """One chunk that is this worker's until its lease runs out."""

    chunk: JobChunk
    token: uuid.UUID
    worker: str


def claim(worker: str, only: Job | None = None) -> Claim | None:
    """Take a free chunk of a running job, or one whose worker is dead; None when there
    is none.

    What somebody waits for goes first, the oldest of it; of the kinds in
    `ONE_AT_A_TIME` one part is done at a time, unless ``only`` asks for that very job.
    """
    token = uuid.uuid4()
    values = {
        "token": token,
        "worker": worker,
        "lease": settings.JOB_LEASE_SECONDS,
        "most": MAX_ATTEMPTS,
        "job": only.pk if only else None,
        "single": list(ONE_AT_A_TIME),
        "first": list(FIRST),
        "last": list(LAST),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # until the transaction ends, which is at once: the claim itself is short
        cursor.execute(ONE_CLAIM, [LOCK])
        cursor.execute(CLAIM, values)
        row = cursor.fetchone()
    if row is None:
        return None
    chunk = JobChunk.objects.select_related("job").get(pk=row[0])
    say(
        chunk.job,
        gettext_noop("part %(n)d of %(all)d: %(worker)s")
        % {
            "n": chunk.number + 1,
            "all": chunk.job.n_chunks,
            "worker": _tried(worker, chunk.n_attempts),
        },
    )
    return Claim(chunk, token, worker)


def has_free() -> bool:
    """Say whether a chunk waits for a worker."""
    with connection.cursor() as cursor:
        cursor.execute(FREE, {"single": list(ONE_AT_A_TIME)})
        return cursor.fetchone() is not None


def extend(claimed: Claim, progress: float, peak_mib: float) -> bool:
    """Prolong the lease and show progress; False when the chunk is no longer ours or
    the job was stopped.
    """
    values = {
        "id": claimed.chunk.pk,
        "token": claimed.token,
        "lease": settings.JOB_LEASE_SECONDS,
        "progress": progress,
        "peak": peak_mib,
    }
    with connection.cursor() as cursor:
        cursor.execute(BEAT, values)
        return cursor.rowcount == 1


@transaction.atomic
def complete(claimed: Claim, result: dict[str, Any]) -> bool:
    """Store a chunk's result and count it; False when another worker has the chunk by
    now.
    """
    n = _ours(claimed).update(
        state=JobChunk.State.DONE,
        result=result,
        progress=1,
        lease_token=None,
        lease_until=None,
        finished_at=Now(),
        error="",
    )
    # one transaction with the result: the job's count never says more than is stored
    if n:
        Job.objects.filter(pk=claimed.chunk.job_id).update(n_done=F("n_done") + 1)
    return bool(n)


@transaction.atomic
def give_back(claimed: Claim, error: str, *, is_hopeless: bool = False) -> None:
    """Put a chunk that failed back for another try; fail its job after the last one, and
    at once where another try would end the same.
    """
    is_last = is_hopeless or claimed.chunk.n_attempts >= MAX_ATTEMPTS
    state = JobChunk.State.FAILED if is_last else JobChunk.State.QUEUED
    if _ours(claimed).update(
        state=state, error=error, lease_token=None, lease_until=None
    ):
        words = gettext_noop("part %(n)d failed: %(error)s")
        facts = {"n": claimed.chunk.number + 1, "error": error}
        say(claimed.chunk.job, words % facts)
        if is_last:
            fail(claimed.chunk.job, error)


def fail(job: Job, error: str) -> None:
    """End a live job with the sentence that says why."""
    Job.objects.live().filter(pk=job.pk).update(
        state=Job.State.FAILED, error=error, finished_at=Now()
    )


@transaction.atomic
def fail_worn_out() -> None:
    """Fail the jobs of chunks that killed their worker as often as is allowed."""
    with connection.cursor() as cursor:
        cursor.execute(WORN_OUT, [MAX_ATTEMPTS])
        rows = cursor.fetchall()
    for job_id, number, error in rows:
        words = gettext_noop("part %(n)d: %(error)s")
        fail(Job(pk=job_id), words % {"n": number + 1, "error": error})


def _ours(claimed: Claim) -> Any:
    return JobChunk.objects.filter(
        pk=claimed.chunk.pk, state=JobChunk.State.LEASED, lease_token=claimed.token
    )


def _tried(worker: str, n: int) -> str:
    words = gettext_noop("%(worker)s, attempt %(n)d")
    return worker if n < 2 else words % {"worker": worker, "n": n}
