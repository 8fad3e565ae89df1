"""Numbers beside the sidebar's lines."""

from django.http import HttpRequest

from profiles.models import Job


def running_jobs(_request: HttpRequest) -> str:
    """How many jobs run or wait; nothing when none does."""
    return str(Job.objects.live().count() or "")
