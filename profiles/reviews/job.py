"""Reading the shop's reviews as a job that one can watch and stop."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_noop

from profiles import jobs
from profiles.jobs import Progress
from profiles.models import Job
from retention_site.lib import clock

from .read_events import looked_until, read_new, unread_events
from .reading.reader import VERSION

KIND = "reviews"
TITLE = gettext_noop("Read reviews")


class ReviewsJob:
    """One part: lots are stored one after the other, and a stop loses none."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        since = looked_until()
        return [{"since": since.isoformat() if since else None}]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        since = chunk["since"]
        return read_new(progress, datetime.fromisoformat(since) if since else None)

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0] | {"version": VERSION}


def start_nightly() -> Job | None:
    """Have new reviews read, once a day; none is begun where there are none."""
    key = f"reviews:{clock.real_now():%Y-%m-%d}"
    if Job.objects.filter(key=key).exists() or not unread_events(looked_until()):
        return None
    return jobs.start(KIND, {}, title=TITLE, key=key)


def start_now(by: AbstractBaseUser | None) -> Job:
    """Have new reviews read because somebody asked; one at a time."""
    running = Job.objects.live().filter(kind=KIND).first()
    return running or jobs.start(KIND, {}, title=TITLE, by=by)
