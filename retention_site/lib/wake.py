"""Wake a worker once the rows are committed; a lost wake-up only costs time, since
sweeps look again.
"""

import time
from functools import partial
from importlib import import_module

import structlog
from celery import Celery
from django.db import DatabaseError, connection, transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
CHANNEL = "rapport_work"
# a broker that hangs costs one caller its time-out, not every caller
AWAY_SECONDS = 10.0
WAKE_EXPIRES = 60  # seconds; a sweep has looked again by then

_away_until = 0.0


def wake(task: str, *args: str | int) -> None:
    """Publish ``task`` with ids as arguments after the current transaction commits;
    never raise for the broker.

    Workers without Celery hear it by the database's NOTIFY, which is given with the
    commit.
    """
    _notify()
    publish = partial(_publish, task, args)
    if not any(
        _is_same(publish, waiting) for _, waiting, *_ in connection.run_on_commit
    ):
        transaction.on_commit(publish)


def _is_same(one: partial[None], other: object) -> bool:
    """Say whether the same wake-up waits for this commit already: once is enough."""
    return (
        isinstance(other, partial) and other.func is one.func and other.args == one.args
    )


def _notify() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
    except DatabaseError as error:
        if connection.in_atomic_block:
            raise  # the transaction is broken, and with it what the wake-up was for
        log.warning("database not notified", error=str(error))


def _publish(task: str, args: tuple[str | int, ...]) -> None:
    global _away_until
    if time.monotonic() < _away_until:
        return
    # commands have no other reason to know the broker
    app: Celery = import_module("retention_site.celery").app
    try:
        app.send_task(task, args=args, retry=False, expires=WAKE_EXPIRES)
    except (OperationalError, RedisError, OSError) as error:
        _away_until = time.monotonic() + AWAY_SECONDS
        log.warning("wake-up not published", task=task, error=str(error))
