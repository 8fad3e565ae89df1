"""What profiles keeps for a time."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from shutil import rmtree

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from profiles.models import ImportFile
from profiles.privacy import expiry
from profiles.privacy.retention import Kept

CUSTOMERS = 2_000  # whose events go in one statement
SPAN = "SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM profiles_customer"
OLD_EVENTS = (
    "DELETE FROM profiles_event WHERE customer_id >= %s AND customer_id < %s AND"
    " happened_at < %s"
)

# An order that is still told of is kept: what comes back of it must find it.
OLD_ORDERS = (
    "DELETE FROM profiles_order WHERE placed_at < %s AND coalesce(told_at, placed_at)"
    " < %s"
)


class Events(Kept):
    """Whole months, so that the history drops files instead of writing them anew."""

    label = _("Events")
    fate = _(
        "Purchases, views and searches are deleted, month by month; portraits and"
        " models see them no longer."
    )
    by_shop_clock = True

    def drop(self, before: datetime) -> Iterator[int]:
        from profiles import history  # brings DuckDB and Arrow

        month = before.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        # by these it is known whether anything is so old
        parts = history.parts_before(month)
        if not parts:
            return
        with connection.cursor() as cursor:
            cursor.execute(SPAN)
            first, last = cursor.fetchone()
        for start in range(first, last + 1, CUSTOMERS):
            with connection.cursor() as cursor:
                cursor.execute(OLD_EVENTS, [start, start + CUSTOMERS, month])
                yield cursor.rowcount
        with connection.cursor() as cursor:
            cursor.execute(OLD_ORDERS, [month, month])
            yield cursor.rowcount
        history.drop_parts(parts)


class Quarantine(Kept):
    label = _("Quarantine")
    fate = _("Bad rows are deleted, in the database and in the files for repair.")
    days = 180

    def drop(self, before: datetime) -> Iterator[int]:
        return chain(
            expiry.delete("profiles_quarantinedrow", "created_at < %(before)s", before),
            expiry.old_files(Path(settings.DATA_DIR) / "quarantine", "*.csv", before),
        )


class PastScores(Kept):
    label = _("Scores of the past")
    fate = _("They are deleted; segments and reports as of those days find none.")
    days = 730
    by_shop_clock = True

    def drop(self, before: datetime) -> Iterator[int]:
        return expiry.delete("profiles_pastscore", "as_of < %(before)s", before)


class JobLogs(Kept):
    label = _("Logs of jobs")
    fate = _("The lines are deleted, the jobs stay.")
    days = 180

    def drop(self, before: datetime) -> Iterator[int]:
        return expiry.delete("profiles_jobline", "at < %(before)s", before)


class Logs(Kept):
    """Files that are still written stay; the supervisor puts them aside when they are
    large.
    """

    label = _("Log files")
    fate = _("Files to which nobody has written since are deleted.")
    days = 90

    def drop(self, before: datetime) -> Iterator[int]:
        return expiry.old_files(Path(settings.DATA_DIR) / "logs", "*", before)


class Sessions(Kept):
    label = _("Sessions of staff")
    fate = _("Sessions that have ended are deleted.")
    days = 1

    def drop(self, before: datetime) -> Iterator[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM django_session WHERE expire_date < %s", [before]
            )
            yield cursor.rowcount


class SignIns(Kept):
    label = _("Sign-ins of staff")
    fate = _(
        "Who signed in, who failed and from where is deleted; an address is then known"
        " no more."
    )
    days = 180

    def drop(self, before: datetime) -> Iterator[int]:
        tables = ("axes_accessattempt", "axes_accesslog", "axes_accessfailurelog")
        return chain.from_iterable(
            expiry.delete(table, "attempt_time < %(before)s", before)
            for table in tables
        )


class Spilled(Kept):
    """Where DuckDB sorted on disk and was killed."""

    label = _("Left over from queries")
    fate = _("What a killed query left on disk is deleted.")
    days = 1

    def drop(self, before: datetime) -> Iterator[int]:
        return expiry.old_files(Path(settings.HISTORY_DIR), "*/spill/*", before)


class Uploads(Kept):
    """The rows that list them go too: a file that is gone can't be read again."""

    label = _("Uploaded files")
    fate = _(
        "Files that were uploaded to be imported are deleted; what they brought stays."
    )
    days = 7

    def drop(self, before: datetime) -> Iterator[int]:
        for file in ImportFile.objects.filter(uploaded_at__lt=before):
            if (file.job is None or not file.job.is_live) and file.is_there:
                rmtree(file.path.parent, ignore_errors=True)
                yield 1
