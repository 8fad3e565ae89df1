"""A worker killed while it trains: another one ends the work, and nothing is there
twice.
"""

import os
import signal
from collections.abc import Callable

import pytest

from profiles import history, jobs
from profiles.models import JobChunk
from recommender import model_cards
from recommender.models import ModelVersion
from retention_site.lib.processes.identity import wait_until
from tests.recommender.conftest import NOW, habits

LEASE_SECONDS = "5"  # a living worker on a busy machine must not lose its part


@pytest.mark.timeout(240)
@pytest.mark.django_db(transaction=True)
def test_another_worker_trains_the_recommender_when_one_is_killed(
    celery_workers: Callable, settings, tmp_path
) -> None:
    settings.MODEL_DIR, settings.JOB_LEASE_SECONDS = (
        tmp_path / "models",
        float(LEASE_SECONDS),
    )
    habits()
    history.refresh()
    environment = {
        "MODEL_DIR": str(settings.MODEL_DIR),
        "JOB_LEASE_SECONDS": LEASE_SECONDS,
        "ENCODER_MODEL": "lexical",
    }
    celery_workers("jobs", n=2, **environment)
    job = jobs.start(
        "recommender", {"as_of": NOW.isoformat()}, title="Train the recommender"
    )
    leased = job.chunks.filter(state=JobChunk.State.LEASED)
    # at once: so small a shop is learned in a second or two
    assert wait_until(leased.exists, 90, every=0.01)
    killed = int(job.chunks.get().worker.split()[0])
    os.kill(killed, signal.SIGKILL)
    assert job.chunks.get().state == JobChunk.State.LEASED, (
        "it had ended before it was killed: nothing was tried"
    )
    assert wait_until(lambda: _ends(job), 120, every=0.5), job.lines.values_list(
        "text", flat=True
    )
    part = job.chunks.get()
    assert (part.state, part.n_attempts) == (JobChunk.State.DONE, 2)
    assert int(part.worker.split()[0]) != killed
    version = ModelVersion.objects.get()
    assert version.is_promoted
    assert model_cards.exists("recommender", version.version)


def _ends(job) -> bool:
    """What the beat does every ten seconds, until the job is over."""
    jobs.sweep()
    job.refresh_from_db()
    return not job.is_live
