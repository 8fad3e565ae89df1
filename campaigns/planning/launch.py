"""Fire a campaign: one run, its audience frozen, its messages planned by a job. The
same key fires once.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_noop

from campaigns.content.changes import summary
from campaigns.content.model import hash_of
from campaigns.models import Campaign, CampaignVersion, Run
from profiles import jobs
from profiles.models import Job
from retention_site.lib.clock import now

JOB = "launch"


class CannotLaunch(Exception):
    """The campaign may not fire now: one sentence."""


class Paused(CannotLaunch):
    """The campaign is paused: what asks for it may ask again once it goes on."""


def must_be_active(campaign: Campaign) -> None:
    """Raise `Paused`, or `CannotLaunch` for a campaign that was stopped: that is for good."""
    if campaign.state == Campaign.State.PAUSED:
        raise Paused(f"{campaign} is paused; resume it first.")
    if campaign.state == Campaign.State.STOPPED:
        raise CannotLaunch(
            f"{campaign} is stopped for good; apply its file under another name."
        )
    if campaign.archived_at:
        raise CannotLaunch(f"{campaign} is archived; bring it back first.")


def launch(
    version: CampaignVersion,
    *,
    key: str,
    started_by: str,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    due_local: datetime | None = None,
    label: str = "",
    by: User | None = None,
) -> Run:
    """Start a run of an approved version and return it; the messages are planned by
    workers.

    A second launch with the same ``key`` changes nothing and returns the first run; one
    that had failed is taken up again where it stopped. ``due_local`` is a wall time
    (written as if it were UTC) at which each customer's message leaves by their own
    clock. Raise `CannotLaunch`.
    """
    if version.state != CampaignVersion.State.APPROVED:
        raise CannotLaunch(
            f"{version} is {version.get_state_display()}; only an approved version is"
            " sent."
        )
    must_be_active(version.campaign)
    if version.content.get("steps"):
        raise CannotLaunch(f"{version.campaign} is a journey; it is published.")
    if version.content.get("segment") is None:
        raise CannotLaunch(
            f"{version.campaign} is started by a trigger, which names the customer."
        )
    # the hash was approved: what somebody changed behind it since must not be sent
    if hash_of(version.content) != version.hash:
        raise CannotLaunch(
            f"{version} was changed after it was approved; apply it again and let it be"
            " approved."
        )
    moment = now()
    with transaction.atomic():
        _hold_approved(version)
        # the unique key decides: a button pressed twice or a job done again makes one
        # run
        run, _is_new = Run.objects.get_or_create(
            key=key,
            defaults={
                "campaign": version.campaign,
                "version": version,
                "started_by": started_by,
                "label": label,
                "as_of": as_of or moment,
                "known_at": known_at or as_of or moment,
                "due_local": due_local,
            },
        )
        if run.state == Run.State.FAILED:
            run.move(Run.State.PLANNING, error="")
        if run.state == Run.State.PLANNING:
            jobs.start(
                JOB,
                {"run": run.pk},
                title=gettext_noop("Launch %(campaign)s")
                % {"campaign": version.campaign},
                key=_job_key(run),
                by=by,
            )
    return run


def approved_as_seen(
    campaign: Campaign, number: int | None, hashed: str
) -> CampaignVersion:
    """Return the approved version, if it is the one that was seen; raise
    `CannotLaunch`.
    """
    version = campaign.approved_version
    if version is None:
        raise CannotLaunch(
            f"{campaign} has no approved version; `campaign approve` comes first."
        )
    if number in (None, version.number) and version.hash.startswith(hashed):
        return version
    seen = campaign.versions.filter(number=number or 0).first()
    changed = summary(seen.content, version.content) if seen else ""
    raise CannotLaunch(
        f"{version} is approved now, not what you saw; look at it first."
        + (f" Since version {number}: {changed}." if changed else "")
    )


def _hold_approved(version: CampaignVersion) -> None:
    """Lock the campaign, as an approval does, and see that no other version was
    approved since.
    """
    # the same lock as an approval takes: of two at once, the later sees the earlier
    Campaign.objects.select_for_update().get(pk=version.campaign_id)
    version.refresh_from_db(fields=["state"])
    if version.state != CampaignVersion.State.APPROVED:
        raise CannotLaunch(
            f"{version} is {version.get_state_display()}; another was approved."
        )


def job_of(run: Run) -> Job | None:
    """Return the job that plans a run's messages."""
    return Job.objects.filter(key=_job_key(run)).first()


def note_failures() -> int:
    """Mark the runs whose job failed or was cancelled, so that a person sees it; return
    how many.
    """
    n = 0
    for run in Run.objects.filter(state=Run.State.PLANNING):
        job = job_of(run)
        if job is not None and not job.is_live and job.state != Job.State.DONE:
            error = job.error or "The launch was cancelled."
            n += Run.objects.filter(pk=run.pk, state=Run.State.PLANNING).update(
                state=Run.State.FAILED, error=error
            )
    return n


def _job_key(run: Run) -> str:
    return f"launch:{run.pk}"
