"""The job that lets a whole segment into a journey when its schedule says so."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from campaigns.journeys.definition import journey_of
from campaigns.journeys.entries import Entry, enter, published
from campaigns.journeys.tokens import DUE
from campaigns.models import Campaign
from campaigns.planning.launch import CannotLaunch
from profiles import history, jobs, segments
from profiles.jobs import Progress
from profiles.models import Job
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

JOB = "enrol"
MOVE = "campaigns.tasks.move_journeys"
AT_ONCE = 50_000  # customers of one transaction


def start(campaign: Campaign, occurrence: str) -> Job:
    """Let in whoever fits the journey's segment now; the same occurrence does it once."""
    journey = published(campaign)
    if journey is None:
        raise CannotLaunch(f"{campaign} is not published.")
    return jobs.start(
        JOB,
        {
            "journey": campaign.pk,
            "version": journey.version.pk,
            "occurrence": occurrence,
        },
        title=gettext_noop("Entries of %(campaign)s") % {"campaign": campaign},
        key=f"{JOB}:{campaign.pk}:{occurrence}",
    )


class EnrolJob:
    """One part is up to `AT_ONCE` customers; a part done twice lets nobody in twice."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        # chosen from the columns: what was committed by now must be in them
        history.refresh()
        segment = journey_of(job.params["version"]).content.segment
        found = segments.members(segment.rule if segment else {"all": []}).tolist()
        return [
            {"customers": found[n : n + AT_ONCE]} for n in range(0, len(found), AT_ONCE)
        ]

    @transaction.atomic
    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        campaign = Campaign.objects.get(pk=job.params["journey"])
        occurrence, moment = job.params["occurrence"], now()
        told = enter(
            campaign,
            [
                Entry(customer, f"{occurrence}:{customer}", moment)
                for customer in chunk["customers"]
            ],
            lane=DUE,
        )
        n = sum(not reason for reason in told.values())
        progress(1.0, f"{n} customers entered")
        return {"entered": n, "not": len(told) - n}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        wake(MOVE, DUE)
        return {
            "entered": sum(one["entered"] for one in results),
            "not": sum(one["not"] for one in results),
        }
