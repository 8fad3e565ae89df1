"""When one message may leave: by the customer's own clock, in the hours in which they
usually buy, spread out. Pure.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaigns.content.model import SendTime
from retention_site.lib.walltime import instant

WEEK = 8  # days in which every slot comes at least once
SATURDAY = 5


def not_before(
    plan: SendTime | None,
    *,
    now: datetime,
    zone: ZoneInfo,
    slot: str = "",
    due_local: datetime | None = None,
    key: str = "",
) -> datetime:
    """Return the moment from which a message may leave.

    ``due_local`` is the wall time of a schedule that goes by the customer's zone;
    ``slot`` is the portrait's usual time ("weekday 08–12"); the same ``key`` is spread
    to the same place.
    """
    start = max(now, instant(due_local, zone)) if due_local else now
    if plan is None:
        return start
    in_slot = next_in_slot(slot, start, zone) if plan.best_slot and slot else None
    if in_slot and in_slot - start <= timedelta(hours=plan.within_hours):
        start = in_slot
    elif plan.at:
        start = next_at(time.fromisoformat(plan.at), start, zone)
    return start + timedelta(hours=plan.spread_hours) * lot(key)


def next_at(at: time, start: datetime, zone: ZoneInfo) -> datetime:
    """Return the next instant at which the customer's clock shows a time of day."""
    day = start.astimezone(zone).date()
    found = (instant(datetime.combine(day + timedelta(n), at), zone) for n in range(3))
    return next(one for one in found if one >= start)


def next_in_slot(slot: str, start: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the next instant inside a slot such as "weekend 16–20"; None for words
    that are no slot.
    """
    try:
        days, hours = slot.split(" ")
        first, end = (int(hour) for hour in hours.split("–"))
    except ValueError:
        return None
    day = start.astimezone(zone).date()
    for n in range(WEEK):
        on = datetime.combine(day + timedelta(n), time())
        begins, ends = (
            instant(on + timedelta(hours=first), zone),
            instant(on + timedelta(hours=end), zone),
        )
        if (on.weekday() >= SATURDAY) == (days == "weekend") and ends > start:
            return max(begins, start.astimezone(UTC))
    return None


def lot(key: str) -> float:
    """Return a number in [0, 1) that is the same for the same key and even over many."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
