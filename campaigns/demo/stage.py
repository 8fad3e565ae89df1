"""Where the main job is seen: each step said with its time, and which worker process
did it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from profiles import jobs
from profiles.models import Job
from retention_site.lib.commands import Failed, Progress

JOB_SECONDS = 900.0  # a step that takes longer has lost its workers


@dataclass
class Stage:
    """Runs the steps; says them on ``out`` and keeps what they took."""

    out: Callable[[str], None]
    steps: list[dict[str, Any]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, title: str) -> Iterator[dict[str, Any]]:
        """Time one step; what is put into the yielded dict is printed behind it
        (``words``) and kept.
        """
        facts: dict[str, Any] = {"step": title}
        began = time.monotonic()
        yield facts
        facts["seconds"] = round(time.monotonic() - began, 2)
        self.steps.append(facts)
        self.out(
            f"{self._clock()}  {title}: {facts.get('words', 'done')}"
            f" ({facts['seconds']:.1f} s)"
        )

    def begin(self, kind: str, params: dict[str, Any], *, title: str) -> None:
        """Let a worker begin a job beside the next steps; `job` with the same title
        waits for it.
        """
        jobs.start(kind, params, title=title, key=f"demo:{title}")

    def job(self, kind: str, params: dict[str, Any], *, title: str) -> dict[str, Any]:
        """Have a worker do one job, once for ever under its title; return the job's
        result.
        """
        with self.step(title) as facts:
            job = jobs.start(kind, params, title=title, key=f"demo:{title}")
            facts["words"] = "done" if job.is_live else "done before"
            facts.update(self.follow(job))
        for worker in facts["workers"]:
            self.say(f"  by worker {worker}")
        job.refresh_from_db()
        return job.result or {}

    def follow(self, job: Job) -> dict[str, Any]:
        """Wait for a job; return which workers did it and the most memory that one of
        them took.
        """
        return self._workers(self._wait(job, Progress(f"         {job.title}")))

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return round(time.monotonic() - self.began, 1)

    def say(self, words: str) -> None:
        """Say something that took no time worth telling."""
        self.out(f"{self._clock()}  {words}")

    def _wait(self, job: Job, progress: Progress) -> Job:
        try:
            return jobs.wait(job, timeout=JOB_SECONDS, on_progress=progress)
        except (jobs.JobFailed, TimeoutError) as error:
            raise Failed(f"{job.title}: {error}") from error

    def _workers(self, job: Job) -> dict[str, Any]:
        chunks = list(job.chunks.values("worker", "peak_mib"))
        return {
            "workers": sorted({chunk["worker"] for chunk in chunks if chunk["worker"]}),
            "peak_mib": (
                max((chunk["peak_mib"] or 0 for chunk in chunks), default=0) or None
            ),
        }

    def _clock(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        return f"{minutes:5d}:{seconds:02d}"
