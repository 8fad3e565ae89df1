"""Wake-ups: the work itself is jobs."""

from celery import shared_task

from retention_site.lib import clock


@shared_task
def learn_nightly() -> None:
    """Begin what is to be learned this night and was not begun."""
    # brings what learning is made of: workers that only send do without
    from recommender import nightly

    nightly.go_on()


@shared_task
def watch_models() -> None:
    """Look once a day whether the shop has moved away from its models."""
    from recommender import (
        drift,
        model_files,
        suspects,
    )  # brings what models are made of: workers that only send do without

    model_files.sweep()
    suspects.sweep()
    drift.start(clock.now())


@shared_task
def follow_store() -> None:
    """Take from this host the copies of what other hosts replaced or forgot."""
    # knows the tables of models: workers that only send do without
    from recommender import shared_models

    shared_models.drop_changed()
