"""A worker that is killed in the middle of an import: another one goes on, and every row is
there once.
"""

import os
import signal

import pytest

from profiles import jobs
from profiles.models import Event, Job, JobChunk
from retention_site.lib.processes.identity import wait_until

N_ROWS = 600_000


@pytest.mark.django_db(transaction=True)
def test_another_worker_goes_on_and_no_row_is_there_twice(
    celery_workers, tmp_path, settings
) -> None:
    path = tmp_path / "sales.csv"
    with path.open("w") as file:
        file.write("Kunde,Tag,Artikel,Preis\n")
        file.writelines(
            f"k{n % 5000},2024-01-{n % 28 + 1:02d}T10:00:00Z,a{n % 300},1.5\n"
            for n in range(N_ROWS)
        )
    celery_workers("jobs", n=1, processes=2, JOB_LEASE_SECONDS="2")
    mapping = {
        "kind": "events",
        "columns": {
            "customer_id": "Kunde",
            "at": "Tag",
            "item_id": "Artikel",
            "price": "Preis",
        },
        "fixed": {"type": "purchase"},
    }
    job = jobs.start(
        "import",
        {"kind": "events", "path": str(path), "mapping": mapping},
        title="Import sales.csv",
    )
    assert wait_until(lambda: 0 < Event.objects.count() < N_ROWS, 60)
    part = JobChunk.objects.get(job=job)
    assert part.state == JobChunk.State.LEASED
    killed = int(part.worker.split()[0])
    os.kill(killed, signal.SIGKILL)

    def has_ended() -> bool:
        jobs.sweep()  # as beat does every few seconds
        job.refresh_from_db()
        return not job.is_live

    assert wait_until(has_ended, 120)
    part.refresh_from_db()
    assert (job.state, part.n_attempts) == (Job.State.DONE, 2)
    assert int(part.worker.split()[0]) != killed
    assert Event.objects.count() == N_ROWS
    assert job.result["stored"] + job.result["duplicates"] == N_ROWS
    assert 0 < job.result["duplicates"] < N_ROWS
