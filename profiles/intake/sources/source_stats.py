"""Count what each source brings, day by day, as it comes: who asks reads a few rows
instead of millions of events.

Events of transactions below a mark are counted for good; those above it, whoever asks
counts himself. Both together are exact at any moment, however late a transaction
commits and however long the last count was ago.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from profiles.models import SourceDay, TallyMark
from retention_site.lib.clock import now, real_now, shop_zone
from retention_site.lib.transactions import first_open

LOCK = 7_216_012  # one counts at a time
END = 2**62  # beyond any transaction that will ever be
# Where a field says nothing about an event it can't be missing.
EXPECTED = {
    "item_id": ("view", "cart", "purchase", "return", "review"),
    "order_id": ("purchase", "return"),
    "price": ("purchase", "return"),
    "quantity": ("purchase", "return", "cart"),
    "currency": ("purchase", "return"),
    "text": ("search", "review"),
    "session_id": ("view", "search", "cart"),
}
# A time of receipt that lies ahead of the shop's clock is the database's own: the clock
# runs at an offset then.
COUNT = f"""
    SELECT source, (received AT TIME ZONE %(zone)s)::date, type, count(*), max(happened_at), max(received),
        {", ".join(f"count({name})" for name in EXPECTED)}
    FROM (
        SELECT *, CASE WHEN received_at > %(now)s THEN received_at + %(offset)s ELSE received_at END AS received
        FROM profiles_event WHERE transaction >= %(first)s AND transaction < %(end)s
    ) AS arrived GROUP BY 1, 2, 3
"""  # noqa: S608  column names of our own
Key = tuple[str, date, str, bool]


@dataclass
class Day:
    """What one source brought of one kind on one day of the shop."""

    source: str
    on: date
    what: str
    is_event: bool = True
    n: int = 0
    # field → events that came without it
    n_missing: dict[str, int] = field(default_factory=dict)
    last_happened_at: datetime | None = None
    last_received_at: datetime | None = None

    @property
    def key(self) -> Key:
        return self.source, self.on, self.what, self.is_event

    def add(self, other: "Day | SourceDay") -> None:
        """Take another count of the same into this one."""
        self.n += other.n
        for name, n in other.n_missing.items():
            self.n_missing[name] = self.n_missing.get(name, 0) + n
        self.last_happened_at = newer(self.last_happened_at, other.last_happened_at)
        self.last_received_at = newer(self.last_received_at, other.last_received_at)


@transaction.atomic
def tally() -> int:
    """Count the events of transactions that are over since the last time; return how
    many. One counts at a time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    end, first = first_open(), _mark()
    # the database was restored elsewhere, where transactions have other numbers
    if first > end:
        SourceDay.objects.filter(is_event=True).delete()
        first = 0
    counted = list(_count(first, end)) if end > first else []
    _store(counted)
    TallyMark.objects.update_or_create(pk=1, defaults={"watermark": end})
    return sum(day.n for day in counted)


def note(source: str, what: str, n: int) -> None:
    """Note that a source brought ``n`` things that are no events, such as the customers
    of a file.
    """
    if n:
        moment = now()
        on = moment.astimezone(shop_zone()).date()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            _store([Day(source, on, what, False, n, last_received_at=moment)])


def days(since: date) -> list[Day]:
    """Return what came since a day of the shop, counted to this moment, by source, day
    and kind.
    """
    mark, kept = _kept(since)
    found: dict[Key, Day] = {}
    every: list[Day | SourceDay] = [*kept, *_count(mark, END)]
    for day in every:
        if day.on >= since:
            key = (day.source, day.on, day.what, day.is_event)
            found.setdefault(key, Day(*key)).add(day)
    return [found[key] for key in sorted(found)]


def newer(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the later of two moments, either of which may be unknown."""
    return max(filter(None, (one, other)), default=None)


def _count(first: int, end: int) -> Iterator[Day]:
    """Count the events of transactions from ``first`` up to but not including ``end``."""
    offset = now() - real_now()
    said: Mapping[str, Any] = {
        "first": first,
        "end": end,
        "zone": settings.SHOP_TIME_ZONE,
        "now": now(),
        "offset": offset,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, said)
        for source, on, what, n, happened, received, *counts in cursor.fetchall():
            there = zip(EXPECTED, counts, strict=True)
            missing = {
                name: n - n_there for name, n_there in there if what in EXPECTED[name]
            }
            yield Day(source, on, what, True, n, missing, happened, received)


def _store(counted: Iterable[Day]) -> None:
    """Add counts to those that are kept; the caller is the only one who does."""
    by_key = {day.key: day for day in counted}
    if not by_key:
        return
    keys = list(by_key)
    kept = SourceDay.objects.filter(
        source__in={key[0] for key in keys},
        on__in={key[1] for key in keys},
        what__in={key[2] for key in keys},
    )
    for row in kept:
        key = (row.source, row.on, row.what, row.is_event)
        if key in by_key:
            by_key[key].add(row)
    SourceDay.objects.bulk_create(
        [
            SourceDay(
                source=day.source,
                on=day.on,
                what=day.what,
                is_event=day.is_event,
                n=day.n,
                n_missing=day.n_missing,
                last_happened_at=day.last_happened_at,
                last_received_at=day.last_received_at,
            )
            for day in by_key.values()
        ],
        update_conflicts=True,
        unique_fields=["source", "on", "what", "is_event"],
        update_fields=["n", "n_missing", "last_happened_at", "last_received_at"],
    )


def _kept(since: date) -> tuple[int, list[SourceDay]]:
    """Return the mark and the counts below it, of one moment: a count may be made while
    we read.
    """
    while True:
        mark, kept = _mark(), list(SourceDay.objects.filter(on__gte=since))
        if mark == _mark():
            return mark, kept


def _mark() -> int:
    return (
        TallyMark.objects.filter(pk=1).values_list("watermark", flat=True).first() or 0
    )
