"""Learning that goes on by itself: once a night of the shop, step by step, whatever
beats and workers do.

Each step is a job whose key names the night, so it is begun once. The next one is begun
when the one before has ended; a killed worker's part is done again by another, as of
any job.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles import history, jobs
from profiles.history import manifest
from profiles.models import Customer, CustomerGroup, Job
from profiles.portraits import groups
from recommender.models import DamagedFile
from retention_site.lib import clock, walltime

STEPS = {
    "portraits": gettext_lazy("Draw portraits"),
    "groups": gettext_lazy("Find groups of customers"),
    "vectors": gettext_lazy("Encode texts"),
    "recommender": gettext_lazy("Train the recommender"),
    "lists": gettext_lazy("Make everybody's lists"),
    "scores": gettext_lazy("Train the scores"),
}
KEY = "learn:{run}:{step}"
ASKED = "asked "  # how the name of a run begins that somebody asked for
GROUPS_HOLD = timedelta(days=28)  # so long people get used to their names
PATIENCE = timedelta(hours=6)  # what a night may take before it is late
LOCK = 0x6C6561726E  # "learn"


@dataclass(frozen=True)
class LearningRun:
    """One going through all steps: a night's, or one that somebody asked for."""

    name: str
    since: datetime  # real time: what was learned after it counts

    @property
    def is_asked(self) -> bool:
        return self.name.startswith(ASKED)

    def key(self, step: str) -> str:
        return KEY.format(run=self.name, step=step)


def last_night(moment: datetime) -> datetime | None:
    """Return the newest hour of learning that has passed, in business time; None where
    the shop wants none.
    """
    return next((at for at in _hours(moment, (0, -1)) if at <= moment), None)


def next_night(moment: datetime) -> datetime | None:
    """Return when the next learning begins."""
    return next((at for at in _hours(moment, (0, 1)) if at > moment), None)


def go_on() -> Job | None:
    """Begin the next step that is due, of what somebody asked for or of the night; None
    where nothing is to be begun.

    However many beats ask, each step is begun once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        try:
            return next(
                (job for run in _runs(clock.now()) if (job := _next(run))), None
            )
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def learn_now(by: AbstractBaseUser | None = None) -> Job | None:
    """Have everything learned again from now on: the first step begins at once, the
    beat begins the others.
    """
    run = LearningRun(f"{ASKED}{clock.real_now():%Y-%m-%dT%H:%M:%S}", clock.real_now())
    return _begin(run, next(iter(STEPS)), {}, by)


def state_of_last() -> list[dict[str, Any]]:
    """Return each step with its newest job, and whether it is late."""
    newest = {
        step: Job.objects.filter(kind=step).order_by("-id").first() for step in STEPS
    }
    return [
        {"step": step, "title": title, "job": newest[step]}
        for step, title in STEPS.items()
    ]


def late_steps() -> list[str]:
    """Return the steps that the last night should have done and has not, hours after it
    began.
    """
    run = _night(clock.now())
    if run is None or clock.real_now() - run.since < PATIENCE:
        return []
    return [step for step in STEPS if not _is_done(run, step)]


def _hours(moment: datetime, days: tuple[int, int]) -> list[datetime]:
    at = settings.LEARN_AT.strip()
    if not at:
        return []
    zone, hour = clock.shop_zone(), time.fromisoformat(at)
    today = moment.astimezone(zone).date()
    local = [datetime.combine(today + timedelta(days=day), hour) for day in days]
    return [walltime.instant(one, zone) for one in local]


def _runs(moment: datetime) -> list[LearningRun]:
    """What is to be gone through: the newest run that was asked for within a day, then
    the night's.
    """
    asked = Job.objects.filter(
        key__startswith=KEY.format(run=ASKED, step="").removesuffix(":")
    )
    newest = (
        asked.filter(created_at__gt=clock.real_now() - timedelta(days=1))
        .order_by("-id")
        .first()
    )
    found = []
    if newest is not None and newest.key:
        name = newest.key.removeprefix("learn:").rpartition(":")[0]
        since = asked.filter(key__startswith=f"learn:{name}:").earliest("id").created_at
        found.append(LearningRun(name, since))
    night = _night(moment)
    return [*found, *([night] if night else [])]


def _night(moment: datetime) -> LearningRun | None:
    """The night whose hour passed last; None for a shop that had nobody then, or that
    wants no nightly learning.
    """
    at = last_night(moment)
    if at is None:
        return None
    since = at - (moment - clock.real_now())
    first = Customer.objects.order_by("pk").values_list("created_at", flat=True).first()
    return (
        LearningRun(f"{at.astimezone(clock.shop_zone()):%Y-%m-%d}", since)
        if first and first < since
        else None
    )


def _next(run: LearningRun) -> Job | None:
    """Begin the first step of a run that was not begun; None while one is under way, or
    when all are done.
    """
    known = {
        job.key: job
        for job in Job.objects.filter(key__in=[run.key(step) for step in STEPS])
    }
    for step in STEPS:
        job = known.get(run.key(step))
        if job is None and _is_done(run, step):
            continue
        if (job and job.is_live) or Job.objects.live().filter(kind=step).exists():
            return None  # somebody is at it
        if job is None:
            job = _begin(run, step, _wanted(run, step))
            if job.is_live:
                return job
    return None


def _is_done(run: LearningRun, step: str) -> bool:
    """Say whether a step was done since the run began, by whomever."""
    done = Job.objects.filter(
        kind=step, state=Job.State.DONE, created_at__gte=run.since
    )
    return done.exclude(params__has_key="is_past").exists()


def _wanted(run: LearningRun, step: str) -> dict[str, Any] | None:
    """Return what a step is to be begun with; None where nothing it learns from has
    changed.

    Portraits and scores also change by time alone: somebody who bought yesterday bought
    the day before yesterday.
    """
    if run.is_asked or step == "portraits":
        return {}
    if manifest.load().n_events == 0 or (step == "groups" and _groups_hold()):
        return None
    if _has_changed(step):
        return {}
    return {"only_renew": True} if step == "scores" else None


def _groups_hold() -> bool:
    """Groups are formed anew every few weeks; portraits give newcomers theirs each
    night.
    """
    formed = (
        CustomerGroup.objects.filter(is_current=True).order_by("-created_at").first()
    )
    return (
        groups.current() is not None
        and formed is not None
        and clock.real_now() - formed.created_at < GROUPS_HOLD
    )


def _has_changed(step: str) -> bool:
    """Say whether what a step learns from is other than when it last learned, or what
    it learned is broken.
    """
    last = (
        Job.objects.filter(kind=step, state=Job.State.DONE, params__mark__isnull=False)
        .order_by("-id")
        .first()
    )
    return last is None or last.params["mark"] != mark() or DamagedFile.objects.exists()


def mark() -> str:
    """What tells one state of the shop's facts from another."""
    held = manifest.load()
    small = {
        name: one.sha256[:12]
        for name, one in held.snapshots.items()
        if name in ("customers", "items")
    }
    return f"{held.n_events} {sorted(small.items())}"


def _begin(
    run: LearningRun,
    step: str,
    wanted: dict[str, Any] | None,
    by: AbstractBaseUser | None = None,
) -> Job:
    """Put a step on the list; one that need not be done stands there as done, so that
    it is not asked again.
    """
    history.refresh(wait=False)
    params = {"as_of": clock.now().isoformat(), "mark": mark(), **(wanted or {})}
    with translation.override("en"):  # kept; pages say it in their own language
        title = str(STEPS[step])
        skipped = {"skipped": _("nothing that it learns from has changed")}
    if wanted is not None:
        return jobs.start(step, params, title=title, key=run.key(step), by=by)
    made = {
        "kind": step,
        "title": title,
        "params": params,
        "state": Job.State.DONE,
        "n_chunks": 0,
        "result": skipped,
    }
    return Job.objects.get_or_create(
        key=run.key(step), defaults={**made, "finished_at": Now()}
    )[0]
