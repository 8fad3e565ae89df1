"""When a repeating local wall time comes. Pure; a wall time is a naive datetime."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

MOST = 1_000  # of one look: an hourly schedule of six weeks


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what a clock on the wall shows at a moment."""
    return moment.astimezone(zone).replace(tzinfo=None)


def due(
    starts: datetime, repeat: str, *, after: datetime, until: datetime
) -> list[datetime]:
    """Return the wall times of a rule in (after, until], the newest `MOST` of them.
    Without a rule: ``starts``.
    """
    if not repeat:
        return [starts] if after < starts <= until else []
    if (first := following(starts, repeat, after=after)) is None or first > until:
        return []
    return rrulestr(repeat, dtstart=starts).between(
        after, until + timedelta(microseconds=1)
    )[-MOST:]


@lru_cache(maxsize=1024)
def following(starts: datetime, repeat: str, *, after: datetime) -> datetime | None:
    """Return the next wall time of a rule, None when there is no more. Kept: a sweep
    asks the same again and again.
    """
    if not repeat:
        return starts if starts > after else None
    found: datetime | None = rrulestr(repeat, dtstart=starts).after(after)
    return found
