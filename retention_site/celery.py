"""Celery wakes workers; PostgreSQL carries the work. Nothing of value travels through
Redis.
"""

import gc
import os
import sys
from contextlib import suppress
from typing import Any

from celery import Celery, Task
from celery.signals import (
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
    worker_ready,
)
from celery.utils.nodenames import worker_direct
from kombu.exceptions import OperationalError
from structlog.contextvars import bind_contextvars, clear_contextvars

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retention_site.settings")

from django.conf import settings

from retention_site.lib import embedded
from retention_site.lib.security import keyring
from retention_site.schedule import BEAT_SCHEDULE, ROUTES

# Where hosts share a store: copies of what was replaced or forgotten elsewhere go
FOLLOW_SECONDS = 60.0
FOLLOWERS = ("profiles.tasks.follow_store", "recommender.tasks.follow_store")
SOCKET_SECONDS = 2  # a frozen Redis must not hold up a web request

app = Celery("rapport")
app.conf.update(
    broker_url=embedded.broker_url(settings.DATA_DIR),
    broker_transport_options={
        "socket_timeout": SOCKET_SECONDS,
        "socket_connect_timeout": SOCKET_SECONDS,
        "health_check_interval": 10,
        "visibility_timeout": 600,
    },
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    result_backend=None,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_direct=bool(settings.STORE_URL),  # a queue of its own for each worker
    task_publish_retry=False,
    task_time_limit=1800,
    task_soft_time_limit=1700,
    task_default_queue="sweep",
    task_routes=ROUTES,
    beat_schedule=BEAT_SCHEDULE,
    timezone="UTC",
)
if "beat" not in sys.argv:  # it fires tasks by their names; the code stays out of it
    app.autodiscover_tasks(["profiles", "recommender", "campaigns"])


@worker_init.connect
def keep_what_is_loaded_in_one_place(**_options: object) -> None:
    """What is imported by now is shared with the processes forked from here as long as
    no collection touches it.
    """
    gc.collect()
    gc.freeze()


@worker_init.connect
def refuse_the_work_of_another_shop(**_options: object) -> None:
    """A worker with another SECRET_KEY would find nobody suppressed: it doesn't start."""
    # Django is set up by now; at the top it would be too early
    from django.db import DatabaseError, connection

    try:
        keyring.check()
    except keyring.WrongKey as error:
        raise SystemExit(str(error)) from None
    except DatabaseError:  # away or not made yet: the tasks will say so
        pass
    finally:
        connection.close()  # the processes forked from here open their own


@worker_ready.connect
def keep_this_hosts_copies_in_step(sender: Any, **_options: object) -> None:
    """Have this very worker look at its own host's copies, now and every minute."""
    if not settings.STORE_URL:
        return

    def ask() -> None:
        for task in FOLLOWERS:
            # without the broker nothing is followed until it is back
            with suppress(OperationalError, OSError):
                app.send_task(
                    task, queue=worker_direct(sender.hostname), expires=FOLLOW_SECONDS
                )

    ask()
    sender.timer.call_repeatedly(FOLLOW_SECONDS, ask)


@setup_logging.connect
def keep_our_logging(**_options: object) -> None:
    """Django has set logging up already; Celery must not replace it."""


@task_prerun.connect
def name_the_task_in_its_lines(task_id: str, task: Task, **_options: object) -> None:
    """Every line of a task says which one it belongs to."""
    clear_contextvars()
    bind_contextvars(task=task.name.rpartition(".")[2], task_id=task_id)


@task_postrun.connect
def forget_the_task(**_options: object) -> None:
    clear_contextvars()
