"""Wake-ups: the work itself is claimed from the database."""

from celery import shared_task

from profiles import jobs

# a chunk may train a model; its lease, not the clock, says whether its worker lives
HOURS = 3600


@shared_task(time_limit=12 * HOURS, soft_time_limit=12 * HOURS - 60)
def work_jobs() -> None:
    """Do parts of jobs until none is left."""
    jobs.work()


@shared_task
def sweep_jobs() -> None:
    """Give the parts of dead workers to others, and look for jobs whose wake-up was
    lost.
    """
    jobs.sweep()


@shared_task
def refresh_history() -> None:
    """Copy what was committed since the last refresh; one that runs already is left
    alone.
    """
    # brings DuckDB and Arrow: workers that only send do without
    from profiles import history

    history.refresh(wait=False)


@shared_task
def follow_store() -> None:
    """Take from this host the copies of what other hosts replaced or forgot."""
    # the history brings DuckDB: only a shop with a store pays
    from profiles import history

    history.follow()


@shared_task
def check_history() -> None:
    """Read every file of the history again and make anew what a disk has spoiled."""
    # the history brings DuckDB: only a worker that refreshes pays
    from profiles import history

    history.sweep()


@shared_task
def count_what_sources_bring() -> None:
    """Add what came since the last time to the counts that the page on data quality
    reads.
    """
    # loaded by the one worker that counts, not by each
    from profiles.intake.sources import source_stats

    source_stats.tally()


@shared_task
def refresh_segments() -> None:
    """Bring the members of every segment up to date."""
    # rules bring Ibis: only a worker that refreshes pays
    from profiles import segments

    segments.refresh_all()


@shared_task
def read_reviews() -> None:
    """Have new reviews read, once a day."""
    # brings the lists of words: only a worker that looks pays
    from profiles.reviews import job

    job.start_nightly()


@shared_task
def forget_answered_calls() -> None:
    """Drop answers to calls with an Idempotency-Key that nobody will send again."""
    # brings the API's parts: other tasks do without
    from profiles.api import idempotency

    idempotency.forget_old()


@shared_task
def see_to_erasures() -> None:
    """Have erasures taken up again that were left half done, and those that are done
    looked through once more.
    """
    from profiles.privacy import job  # brings what all stores need

    job.see_to_erasures()


@shared_task
def drop_what_is_past_its_period() -> None:
    """Have no kind of data kept longer than was decided: one job a day."""
    # the stores of all apps come with it: only a worker that erases pays
    from profiles.privacy import job

    job.start_daily()
