"""Events that nobody announced: imported ones, and those whose announcer died. They
wake whom they concern by the next sweep.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import Min
from django.db.models.functions import Lower

from campaigns.journeys import event_waits
from campaigns.models import Campaign, JourneyPublication
from profiles.models import Event
from retention_site.lib.transactions import first_open

LOCK = 7_316_202_613  # one sweep at a time
AT_ONCE = 5_000


def look() -> int:
    """Wake whom events concern of transactions that ended since the last look; return
    how many. Safe from any number.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            return _look()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _look() -> int:
    published = JourneyPublication.objects.exclude(
        journey__state=Campaign.State.STOPPED
    )
    first = published.aggregate(first=Min("watermark"))["first"]
    if first is None:
        return 0
    event_waits.forget()
    known, end = event_waits.listening(), first_open()
    rows = (
        Event.objects.annotate(kind=Lower("type"))
        .filter(transaction__gte=first, transaction__lt=end, kind__in=known.names)
        .values_list("customer", "kind", "at")
    )
    n, batch = 0, []
    for row in rows.iterator(AT_ONCE):
        batch.append(row)
        if len(batch) >= AT_ONCE:
            n, batch = n + event_waits.wake(batch, known), []
    if batch:
        n += event_waits.wake(batch, known)
    published.filter(watermark__lt=end).update(watermark=end)
    return n
