"""Read when a campaign may speak: schedule, time of day, quiet hours. Pure."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from dateutil.rrule import rrulestr

from campaigns.content.mapping_reader import Section
from campaigns.content.message_parts import PARTS, loud_channels
from campaigns.content.model import CUSTOMER_ZONE, QuietHours, SendTime, Timetable
from retention_site.lib.walltime import zone_named

HOURS_OF_A_WEEK = 24 * 7


def quiet_hours(section: Section) -> QuietHours:
    return QuietHours(
        start=wall_time(section, "start", "21:00"),
        end=wall_time(section, "end", "08:00"),
        channels=section.choices("channels", PARTS, loud_channels()),
    )


def send_time(section: Section) -> SendTime:
    """Read when each message may leave by its customer's clock; an empty section would
    say nothing.
    """
    read = SendTime(
        at=_time_or_none(section, "at"),
        best_slot=section.flag("best_slot", default=False),
        within_hours=section.number(
            "within_hours", HOURS_OF_A_WEEK, low=1, high=HOURS_OF_A_WEEK
        ),
        spread_hours=section.number("spread_hours", 0, low=0, high=HOURS_OF_A_WEEK),
    )
    if not (read.at or read.best_slot or read.spread_hours):
        raise section.refuse(
            "at", "at, best_slot or spread_hours is expected: when may a message leave?"
        )
    return read


def _time_or_none(section: Section, key: str) -> str:
    """Read a time of day that may be left out; a stored content has it empty."""
    if section.raw.get(key) in ("", None):
        section.take(key)
        return ""
    return wall_time(section, key, "")


def wall_time(section: Section, key: str, default: str) -> str:
    found = section.take(key, default)
    if isinstance(found, int):  # YAML 1.1 reads 21:00 as 21 × 60
        found = f"{found // 60:02}:{found % 60:02}"
    try:
        return time.fromisoformat(found).strftime("%H:%M")
    except (TypeError, ValueError):
        raise section.refuse(
            key, f"a time of day such as 21:00 is expected, not {found!r}."
        ) from None


def schedule(section: Section, time_zone: str) -> Timetable:
    starts = section.take("starts")
    repeat = section.text("repeat", "").removeprefix("RRULE:")
    return Timetable(
        starts=_local_moment(section, starts),
        time_zone=_zone(section, time_zone),
        repeat=_rule(section, repeat),
        grace_minutes=section.whole("grace_minutes", 60, low=1, high=60 * 24 * 7),
    )


def _local_moment(section: Section, starts: Any) -> str:
    try:
        local = (
            starts if isinstance(starts, datetime) else datetime.fromisoformat(starts)
        )
    except (TypeError, ValueError):
        raise section.refuse(
            "starts", "a local time such as 2024-05-06 09:30 is expected."
        ) from None
    if local.tzinfo:
        raise section.refuse(
            "starts", "write the local time without a zone; time_zone says which."
        )
    return local.isoformat(timespec="minutes")


def _zone(section: Section, default: str) -> str:
    name = section.text("time_zone", default)
    if name != CUSTOMER_ZONE and zone_named(name) is None:
        raise section.refuse(
            "time_zone",
            f"{name!r} is not a time zone such as Europe/Berlin; or say customer.",
        )
    return name


def _rule(section: Section, repeat: str) -> str:
    if not repeat:
        return ""
    if (
        "DTSTART" in repeat
        or "TZID" in repeat
        or "\n" in repeat
        or repeat.upper().startswith("EX")
    ):
        raise section.refuse(
            "repeat", "only the rule itself is expected, such as FREQ=WEEKLY;BYDAY=MO."
        )
    try:
        rrulestr(repeat, dtstart=datetime(2000, 1, 1))  # noqa: DTZ001 wall time has no zone
    except (ValueError, TypeError, KeyError) as error:
        raise section.refuse(
            "repeat",
            f"{repeat!r} is not a rule such as FREQ=WEEKLY;BYDAY=MO ({error}).",
        ) from None
    if "SECONDLY" in repeat.upper() or "MINUTELY" in repeat.upper():
        raise section.refuse("repeat", "a campaign repeats at most once an hour.")
    return repeat
