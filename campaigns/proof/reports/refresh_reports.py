"""Reports that grow old while their window is open are measured again, once a day each."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Max, Q
from django.utils.translation import gettext_noop

from campaigns.models import Campaign, Run
from profiles import jobs
from profiles.models import Job
from retention_site.lib.clock import now, real_now

JOB = "evaluate"
MEASURED = (Run.State.SENDING, Run.State.FINISHED, Run.State.STOPPED)
EVERY = timedelta(days=1)
# so long after its window closed a report still takes in events that came late
LATE = timedelta(days=30)


def refresh() -> int:
    """Start a job for every run whose report is a day old; return how many. Calling it
    again changes nothing.
    """
    moment, plain_report = now(), Q(effects__label="")
    runs = (
        Run.objects.filter(campaign__origin=Campaign.Origin.RAPPORT)
        .filter(state__in=MEASURED)
        .annotate(
            measured_at=Max("effects__computed_at", filter=plain_report),
            closes_at=Max("effects__window_to", filter=plain_report),
        )
        .filter(
            Q(measured_at=None)
            | Q(measured_at__lt=real_now() - EVERY, closes_at__gt=moment - LATE)
        )
        .select_related("campaign")
    )
    for run in runs:
        _start(run, f"{moment:%Y-%m-%d}")
    return len(runs)


def measure(run: Run, *, by: User | None = None) -> None:
    """Measure a run now; asked twice within a minute it is one job."""
    _start(run, f"{now():%Y-%m-%dT%H:%M}", by)


def is_measuring(campaign: Campaign) -> bool:
    """Say whether a job measures a run of the campaign."""
    runs = list(campaign.runs.values_list("pk", flat=True))
    return Job.objects.live().filter(kind=JOB, params__run__in=runs).exists()


def _start(run: Run, when: str, by: User | None = None) -> None:
    jobs.start(
        JOB,
        {"run": run.pk},
        title=gettext_noop("%(campaign)s: what it changed")
        % {"campaign": run.campaign.name},
        key=f"{JOB}:{run.pk}:{when}",
        by=by,
    )
