"""Long work as rows: one job, its chunks claimed by workers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from retention_site.lib.clock import real_now

# a worker on a busy machine speaks up every second or two
MOST_QUIET = timedelta(seconds=8)


@dataclass(frozen=True)
class Trouble:
    """Why a job that began is not going on as it should."""

    words: str
    is_waiting: bool  # nobody works on it just now


class JobQuerySet(models.QuerySet["Job"]):
    def live(self) -> Self:
        return self.filter(state__in=Job.LIVE)

    def with_troubled_parts(self) -> Self:
        """Fetch with all jobs at once what `Job.trouble` looks at."""
        parts = models.Prefetch(
            "chunks", JobChunk.objects.troubled(), to_attr="troubled_parts"
        )
        return self.prefetch_related(parts)


class Job(models.Model):
    """One piece of long work with progress, log and cancel."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    LIVE = (State.QUEUED, State.RUNNING)

    kind = models.TextField(_("kind"))
    title = models.TextField(_("title"))
    key = models.TextField(
        null=True, unique=True, help_text=_("Work with the same key is done once.")
    )
    params = models.JSONField(_("parameters"), default=dict)
    state = models.TextField(_("state"), choices=State, default=State.QUEUED)
    n_chunks = models.PositiveIntegerField(_("parts"), null=True)
    n_done = models.PositiveIntegerField(_("parts done"), default=0)
    result = models.JSONField(_("result"), null=True)
    error = models.TextField(_("error"), blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("asked for"), db_default=Now())
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def trouble(self) -> Trouble | None:
        """Say what keeps a running job from going on: a worker that died, an error
        after which it is tried again.
        """
        if self.state != self.State.RUNNING:
            return None
        fetched = getattr(self, "troubled_parts", None)
        for part in JobChunk.objects.troubled(self) if fetched is None else fetched:
            if since := part.silent_since:
                words = _(
                    "its worker was last heard at %(at)s UTC: another one resumes it"
                )
                return Trouble(words % {"at": f"{since:%H:%M:%S}"}, is_waiting=True)
            if part.error:
                facts = {"n": part.n_attempts, "error": part.error}
                return Trouble(
                    (
                        _("failed %(n)s times: %(error)s") % facts
                        if part.state == JobChunk.State.QUEUED
                        else _("try %(n)s, after: %(error)s") % facts
                    ),
                    is_waiting=part.state == JobChunk.State.QUEUED,
                )
        return None


class JobChunkQuerySet(models.QuerySet["JobChunk"]):
    def troubled(self, job: Job | None = None) -> Self:
        """Parts that are being worked on, and those that wait after an error."""
        parts = self if job is None else self.filter(job=job)
        held = models.Q(state=JobChunk.State.LEASED)
        failed = models.Q(state=JobChunk.State.QUEUED) & ~models.Q(error="")
        return parts.filter(held | failed).order_by("number")


class JobChunk(models.Model):
    """One part of a job: leased by a worker, done again by another if that one dies."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        LEASED = "leased", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    job = models.ForeignKey(Job, models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField(_("number"))
    span = models.JSONField(_("what"), default=dict)
    state = models.TextField(_("state"), choices=State, default=State.QUEUED)
    progress = models.FloatField(_("progress"), default=0, help_text=_("0 to 1."))
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    n_attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    worker = models.TextField(
        _("worker"), blank=True, help_text=_("Process id and task name.")
    )
    result = models.JSONField(_("result"), null=True)
    error = models.TextField(_("error"), blank=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    peak_mib = models.FloatField(
        _("peak memory"), null=True, help_text=_("MiB of the worker process.")
    )

    objects = JobChunkQuerySet.as_manager()

    class Meta:
        verbose_name = _("job part")
        verbose_name_plural = _("job parts")
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="job_chunk_once")
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="job_chunk_live",
                condition=models.Q(state__in=["queued", "leased"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.number}"

    @property
    def silent_since(self) -> datetime | None:
        """When its worker last gave a sign of life, where that is longer ago than a
        living one takes.
        """
        if self.state != self.State.LEASED or self.lease_until is None:
            return None
        last = self.lease_until - timedelta(seconds=settings.JOB_LEASE_SECONDS)
        quiet = min(timedelta(seconds=settings.JOB_LEASE_SECONDS / 2), MOST_QUIET)
        return last if real_now() - last > quiet else None


class JobLine(models.Model):
    """One line of a job's log."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="lines")
    at = models.DateTimeField(_("at"), db_default=Now())
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("job log line")
        verbose_name_plural = _("job log")

    def __str__(self) -> str:
        return self.text
