"""Jobs: done once, done again when a worker dies, stopped when asked."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.urls import reverse

from profiles import jobs
from profiles.jobs import claims, runner
from profiles.models import Item, Job, JobChunk
from retention_site.lib.clock import real_now
from retention_site.lib.processes.identity import wait_until
from retention_site.lib.processes.programs import Program
from retention_site.plugins import PLUGINS
from tests.factories import make_colleague


@pytest.fixture(autouse=True)
def counting_kind(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    monkeypatch.setitem(
        PLUGINS["jobs"], "counting", "tests.profiles.counting_job:CountingJob"
    )
    settings.JOB_LEASE_SECONDS = 2.0


@pytest.fixture
def counting_worker(launch: Callable) -> Iterator[Callable]:
    """Start a real worker process, with two children, that knows the counting job."""

    def start():
        running = launch(
            Program(
                "counting", [sys.executable, "-m", "tests.profiles.counting_worker"]
            ),
            {"JOB_LEASE_SECONDS": "2"},
        )
        assert wait_until(lambda: " ready." in running.said(), 40), running.said()
        return running

    return start


def count(*parts: str, **options) -> Job:
    return jobs.start("counting", {"parts": list(parts)}, title="Count", **options)


def lines(job: Job) -> str:
    return "\n".join(job.lines.order_by("id").values_list("text", flat=True))


@pytest.mark.django_db(transaction=True)
class TestInOneProcess:
    def test_a_job_is_cut_done_and_put_together(self) -> None:
        job = count("ok", "ok", "ok")
        assert jobs.work() == 3
        job.refresh_from_db()
        assert (job.state, job.n_chunks, job.n_done, job.result) == (
            Job.State.DONE,
            3,
            3,
            {"sum": 3},
        )
        assert f"{os.getpid()} profiles.tasks.work_jobs" in lines(job)
        assert all(part.peak_mib > 10 for part in job.chunks.all())

    def test_a_job_without_parts_is_done_at_once(self) -> None:
        job = count()
        jobs.work()
        job.refresh_from_db()
        assert (job.state, job.result) == (Job.State.DONE, {"sum": 0})

    def test_work_with_the_same_key_is_done_once(self) -> None:
        first, second = count("ok", key="nightly"), count("ok", key="nightly")
        assert first == second
        assert jobs.work() == 1
        assert count("ok", key="nightly").state == Job.State.DONE

    def test_a_part_that_keeps_failing_fails_the_job_with_its_sentence(self) -> None:
        job = count("ok", "fails")
        jobs.work()
        with pytest.raises(jobs.JobFailed, match="the oven is cold"):
            jobs.wait(job)
        assert job.chunks.get(number=1).n_attempts == 3

    def test_a_failed_job_is_taken_up_where_it_stopped(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = count("ok", "fails", key="k")
        jobs.work()
        job.chunks.filter(number=1).update(span={"word": "ok", "n": 1})
        again = count("ok", "ok", key="k")
        assert (again, again.state) == (job, Job.State.RUNNING)
        assert jobs.work() == 1
        assert jobs.wait(job).result == {"sum": 1}

    def test_a_cancelled_job_is_not_worked_on(self) -> None:
        job = count("ok")
        assert jobs.cancel(job)
        assert not jobs.cancel(job)
        assert jobs.work() == 0
        with pytest.raises(jobs.JobFailed, match="cancelled"):
            jobs.wait(job)

    def test_a_running_part_stops_when_its_job_is_cancelled(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job = count("slow")
        naps = iter([lambda: None, lambda: jobs.cancel(job)])
        monkeypatch.setattr(
            "time.sleep",
            lambda s, _sleep=time.sleep: (next(naps, lambda: None)(), _sleep(s)),
        )
        assert jobs.work() == 0
        job.refresh_from_db()
        assert (job.state, Item.objects.count()) == (Job.State.CANCELLED, 0)

    def test_a_waiting_command_does_the_work_where_no_worker_runs(self) -> None:
        assert jobs.wait(count("ok", "ok"), works_itself=True, timeout=20).result == {
            "sum": 1
        }

    def test_an_unknown_kind_is_refused(self) -> None:
        with pytest.raises(LookupError, match="jobs has no 'baking'"):
            jobs.start("baking", {}, title="Bake")

    def test_the_lease_of_a_slow_part_is_prolonged(self) -> None:
        job = count("slow")  # 4 s of work under a lease of 2 s
        jobs.work()
        assert job.chunks.get().n_attempts == 1
        assert "halfway" in lines(job)


class TestInWorkers:
    def test_a_killed_workers_part_is_done_by_another(
        self, counting_worker: Callable
    ) -> None:
        job = count("slow", "slow", "slow")
        counting_worker()
        running = job.chunks.filter(state=JobChunk.State.LEASED, progress__gt=0)
        assert wait_until(running.exists, 20)
        part = running.first()
        killed = int(part.worker.split()[0])
        os.kill(killed, signal.SIGKILL)
        assert wait_until(lambda: sweep_until_done(job), 40, every=0.5), lines(job)
        part.refresh_from_db()
        assert (part.n_attempts, part.state) == (2, JobChunk.State.DONE)
        assert int(part.worker.split()[0]) != killed
        # three parts, one end
        assert Item.objects.filter(external_id__startswith=f"{job.pk}-").count() == 4
        assert f"{killed} profiles.tasks.work_jobs" in lines(job)
        assert "attempt 2" in lines(job)

    def test_a_part_that_kills_its_workers_fails_its_job(
        self, counting_worker: Callable
    ) -> None:
        job = count("dies")
        counting_worker()
        assert wait_until(lambda: sweep_until_done(job), 40, every=0.5), lines(job)
        job.refresh_from_db()
        assert (job.state, job.error) == (
            Job.State.FAILED,
            "part 1: its worker died 3 times",
        )


def sweep_until_done(job: Job) -> bool:
    """What the beat does every ten seconds."""
    jobs.sweep()
    job.refresh_from_db()
    return not job.is_live


@pytest.mark.django_db(transaction=True)
class TestLanes:
    """Who goes first, and who never takes all workers."""

    def start(self, *kinds: str) -> list[Job]:
        started = [
            Job.objects.create(
                kind=kind, title=kind, state=Job.State.RUNNING, n_chunks=1
            )
            for kind in kinds
        ]
        JobChunk.objects.bulk_create(JobChunk(job=job, number=0) for job in started)
        return started

    def claimed(self) -> str | None:
        claim = claims.claim("a test")
        return claim.chunk.job.kind if claim else None

    def test_what_somebody_waits_for_goes_first_and_long_work_one_at_a_time(
        self,
    ) -> None:
        self.start("erase", "recommender", "lists", "counting", "erase", "launch")
        assert [self.claimed() for _n in range(5)] == [
            "launch",
            "counting",
            "erase",
            "lists",
            None,
        ]
        assert not claims.has_free()

    def test_the_next_erasure_is_taken_when_the_one_before_is_done_or_dead(
        self,
    ) -> None:
        self.start("erase", "erase")
        claim = claims.claim("a test")
        assert self.claimed() is None
        claims.complete(claim, {"n": 0})
        assert claims.has_free()
        assert self.claimed() == "erase"

    def test_who_waits_for_one_job_does_it_all_the_same(self) -> None:
        _busy, mine = self.start("erase", "scores")
        assert self.claimed() == "erase"
        assert claims.claim("a command", only=mine) is not None


@pytest.mark.django_db(transaction=True)
class TestSayingHowItStands:
    def test_a_job_whose_worker_died_is_not_called_running(self, client) -> None:
        client.force_login(make_colleague(is_superuser=True))
        job = count("ok")
        runner.plan_queued()
        assert claims.claim("a worker that will be killed") is not None
        job.refresh_from_db()
        assert job.trouble is None
        JobChunk.objects.update(lease_until=real_now() - timedelta(seconds=1))
        assert job.trouble.is_waiting
        page = client.get(reverse("admin:profiles_job_changelist")).content.decode()
        assert "resumes" in page
        assert "its worker was last heard at" in page

    def test_an_error_is_shown_while_the_part_is_tried_again(self) -> None:
        job = count("fails")
        runner.plan_queued()
        for n in (1, 2):
            claim = claims.claim("a worker")
            claims.give_back(claim, "OSError: No space left on device")
            job.refresh_from_db()
            assert (job.state, job.trouble.words) == (
                "running",
                f"failed {n} times: OSError: No space left on device",
            )
        assert claims.claim("a worker") is not None
        assert job.trouble.words == "try 3, after: OSError: No space left on device"
        assert not job.trouble.is_waiting
