"""Quiet hours: when it would be rude to send, in the customer's own zone."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from retention_site.lib.walltime import instant


def quiet_until(
    now: datetime, zone: ZoneInfo, start: time, end: time
) -> datetime | None:
    """Return the instant at which the quiet hours around ``now`` end, or None outside
    of them.

    ``start`` and ``end`` are local wall times; a start after the end spans midnight,
    equal ones mean no quiet hours.
    """
    local = now.astimezone(zone)
    if not _is_between(local.time(), start, end):
        return None
    day = local.date() + timedelta(days=1) if local.time() >= end else local.date()
    wall = datetime.combine(day, end)
    first = instant(wall, zone)
    return (
        first
        if first > now
        else max(instant(wall, zone, second_time=True), now.astimezone(UTC))
    )


def _is_between(wall: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= wall < end
    return wall >= start or wall < end
