"""Wake-ups: the work itself is jobs."""

from celery import shared_task

from retention_site.lib import clock


@shared_task
def watch_models() -> None:
    """Look once a day whether the shop has moved away from its models."""
    from recommender import drift  # brings what models are made of: workers that only send do without

    drift.start(clock.now())
