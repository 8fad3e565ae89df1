"""What was asked wrongly is one line of the log; what went wrong here has its
traceback. A full disk has its name.
"""

import errno
import logging

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.utils import OperationalError

from retention_site.lib import disk
from retention_site.logs import RefusalsInOneLine


def record(level, name="django.request"):
    try:
        raise PermissionDenied("no")
    except PermissionDenied as error:
        return logging.LogRecord(
            name,
            level,
            "f",
            1,
            "Forbidden: %s",
            ("/x",),
            (type(error), error, error.__traceback__),
        )


def test_a_refusal_has_no_traceback():
    refused = record(logging.WARNING)
    assert RefusalsInOneLine().filter(refused)
    assert refused.exc_info is None
    assert refused.getMessage() == "Forbidden: /x"


@pytest.mark.parametrize(
    "one", [record(logging.ERROR), record(logging.WARNING, "campaigns.delivery")]
)
def test_what_broke_here_keeps_it(one):
    assert RefusalsInOneLine().filter(one)
    assert one.exc_info is not None


def test_the_handler_of_every_process_has_the_filter():
    (handler,) = logging.getLogger().handlers[:1]
    kinds = {
        type(one)
        for root in [logging.getLogger()]
        for hand in root.handlers
        for one in hand.filters
    }
    assert RefusalsInOneLine in kinds, handler


def caused(cause):
    try:
        raise OperationalError("server says no") from cause
    except OperationalError as error:
        return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device", "/data/x"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        caused(psycopg.errors.DiskFull("could not extend file")),
        RuntimeError("IO Error: Could not write file: No space left on device"),
    ],
)
def test_a_full_disk_is_named_whoever_noticed_it(error):
    assert disk.sentence(error).startswith("The disk is full: ")


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOENT, "No such file"), ValueError("full of errors"), None]
)
def test_other_errors_are_none(error):
    assert disk.sentence(error) == ""


@pytest.mark.django_db
def test_no_transaction_of_ours_is_left_open_for_ever():
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("10min",)
