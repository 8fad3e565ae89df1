"""Times on customers' own clocks as tables: one row for a zone and a day."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from campaigns.journey_rehearsal.past import Past
from campaigns.planning.send_time import SATURDAY
from retention_site.lib.clock import shop_zone
from retention_site.lib.walltime import instant, zone_named

LEAP_DAY = 229
HOURS = range(0, 24, 4)


def lay_out_days(
    past: Past,
    name: str,
    at: str,
    *,
    days_before: int = 0,
    leap_day_on: int = 228,
    only: date | None = None,
) -> None:
    """Keep as `name` when it is `at` on each day in each zone: zone, moment, weekday,
    and the day that comes so many days later as month and day (229: 29 February, kept on
    another day in other years).
    """
    rows = [
        (
            zone,
            instant(datetime.combine(day, time.fromisoformat(at)), clock),
            day,
            later,
        )
        for zone, clock in _zones(past)
        for day in ([only] if only else _days(past))
        for later in _month_and_day(day + timedelta(days_before), leap_day_on)
    ]
    _keep(
        past,
        name,
        {
            "zone": pa.array([row[0] for row in rows], pa.string()),
            "moment": pa.array([row[1] for row in rows], pa.timestamp("us", "UTC")),
            "weekday": pa.array([row[2].weekday() for row in rows], pa.int8()),
            "comes": pa.array([row[3] for row in rows], pa.int16()),
        },
    )


def lay_out_slots(past: Past, name: str) -> None:
    """Keep as `name` when each usual time of customers ("weekday 08–12") begins and
    ends, in each zone.
    """
    rows = [
        (zone, slot, _on(day, first, clock), _on(day, first + 4, clock))
        for zone, clock in _zones(past)
        for day in _days(past)
        for slot, first in _slots(day)
    ]
    _keep(
        past,
        name,
        {
            "zone": pa.array([row[0] for row in rows], pa.string()),
            "slot": pa.array([row[1] for row in rows], pa.string()),
            "begins": pa.array([row[2] for row in rows], pa.timestamp("us", "UTC")),
            "ends": pa.array([row[3] for row in rows], pa.timestamp("us", "UTC")),
        },
    )


def _keep(past: Past, name: str, columns: dict[str, pa.Array]) -> None:
    past.tables.connection.register("laid_out", pa.table(columns))
    past.keep(name, "SELECT * FROM laid_out")
    past.tables.connection.unregister("laid_out")


def _zones(past: Past) -> list[tuple[str, ZoneInfo]]:
    found = past.run("SELECT DISTINCT coalesce(time_zone, '') FROM customers")
    return [(zone, zone_named(zone) or shop_zone()) for (zone,) in found]


def _days(past: Past) -> Iterator[date]:
    """Every day of the span and those around it: zones differ by a day."""
    day = past.starts.date() - timedelta(2)
    while day <= past.ends.date() + timedelta(2):
        yield day
        day += timedelta(1)


def _month_and_day(day: date, leap_day_on: int) -> list[int]:
    comes = day.month * 100 + day.day
    has_leap_day = isleap(day.year)
    return [comes, LEAP_DAY] if comes == leap_day_on and not has_leap_day else [comes]


def _slots(day: date) -> Iterator[tuple[str, int]]:
    kind = "weekend" if day.weekday() >= SATURDAY else "weekday"
    for first in HOURS:
        yield f"{kind} {first:02}–{first + 4:02}", first


def _on(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, time()) + timedelta(hours=hour), zone)
