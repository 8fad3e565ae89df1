"""Which transactions are over: whoever reads only what those wrote, by their numbers,
misses no late commit.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

ELSEWHERE = """
    SELECT backend_xid::text::bigint FROM pg_stat_activity
    WHERE backend_xid IS NOT NULL AND datname <> current_database()
"""
FIRST_OPEN = """
    SELECT coalesce(min(open::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
    FROM pg_snapshot_xip(pg_current_snapshot()) AS open
    WHERE NOT (open::text::bigint & 4294967295) = ANY(%s)  -- activity tells 32 bits of an id
"""

# Whose transactions may still write here: sessions of this database that were given an
# id, and prepared ones
OPEN = """
    SELECT pid, coalesce(nullif(application_name, ''), backend_type, '?') AS program, usename, state,
        xact_start AS since
    FROM pg_stat_activity
    WHERE backend_xid IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()
    UNION ALL SELECT NULL, gid, owner, 'prepared', prepared FROM pg_prepared_xacts WHERE database = current_database()
    ORDER BY since LIMIT 1
"""


@dataclass(frozen=True)
class Holder:
    """The oldest transaction that may still write."""

    pid: int | None  # None: a prepared one, which has no session
    program: str
    user: str
    state: str
    since: datetime

    @property
    def words(self) -> str:
        if self.pid is None:
            said = _(
                "prepared transaction %(program)s of %(user)s, since %(since)s UTC"
            )
        else:
            said = _(
                "session %(pid)s (%(program)s of %(user)s, %(state)s), open since"
                " %(since)s UTC"
            )
        facts = {
            "pid": self.pid,
            "program": self.program,
            "user": self.user,
            "state": self.state,
        }
        return said % {**facts, "since": f"{self.since:%Y-%m-%d %H:%M:%S}"}


def longest_open() -> Holder | None:
    """Return the transaction that has been open longest, of those that may still write;
    None without one.
    """
    with connection.cursor() as cursor:
        cursor.execute(OPEN)
        row = cursor.fetchone()
    return Holder(*row) if row else None


def facts_until() -> datetime:
    """Return a moment of real time before which every commit is below `first_open`, if
    that is asked afterwards.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    holder = longest_open()
    return min(moment, holder.since) if holder else moment


def first_open() -> int:
    """Return the first transaction that may still write here; those of the server's
    other databases can't.

    The others are listed before the snapshot is taken: one that begins in between has a
    later id than all that ended.
    """
    with connection.cursor() as cursor:
        cursor.execute(ELSEWHERE)
        elsewhere = [xid for (xid,) in cursor.fetchall()]
        cursor.execute(FIRST_OPEN, [elsewhere])
        return int(cursor.fetchone()[0])
