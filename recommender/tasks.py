"""Wake-ups: the work itself is jobs."""

from celery import shared_task

from recommender import drift
from retention_site.lib import clock


@shared_task
def watch_models() -> None:
    """Look once a day whether the shop has moved away from its models."""
    drift.start(clock.now())
