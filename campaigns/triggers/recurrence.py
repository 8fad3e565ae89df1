"""When a repeating local wall time comes. Pure; a wall time is a naive datetime."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr

FEBRUARY = 2
SHORTEST = 28  # every month has this day
OTHER_DAYS = {"BYDAY", "BYSETPOS", "BYYEARDAY", "BYWEEKNO", "BYEASTER"}
TIMES = ("BYHOUR", "BYMINUTE", "BYSECOND")
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
    return rule(starts, repeat).between(after, until + timedelta(microseconds=1))[
        -MOST:
    ]


@lru_cache(maxsize=1024)
def following(starts: datetime, repeat: str, *, after: datetime) -> datetime | None:
    """Return the next wall time of a rule, None when there is no more. Kept: a sweep
    asks the same again and again.
    """
    if not repeat:
        return starts if starts > after else None
    found: datetime | None = rule(starts, repeat).after(after)
    return found


def means_last_day(starts: datetime, repeat: str) -> bool:
    """Say whether a rule names a day that some months lack: it fires on their last day instead."""
    return any(day > SHORTEST for day in _days(starts, _parts(repeat)))


def rule(starts: datetime, repeat: str) -> Any:
    """Return the rule from its start. A day that a month lacks is that month's last: the 31st, 29 February.

    RFC 5545 leaves such months out, and nobody who says "monthly from the 31st" means seven months a year.
    """
    parts = _parts(repeat)
    rules = rruleset()
    for day in _days(starts, parts):
        rules.rrule(rrulestr(_of_day(starts, parts, day), dtstart=starts))
    return rules if _days(starts, parts) else rrulestr(repeat, dtstart=starts)


def _parts(repeat: str) -> dict[str, str]:
    said = (
        part.partition("=")
        for part in repeat.upper().removeprefix("RRULE:").split(";")
        if part
    )
    return {name.strip(): value.strip() for name, _, value in said}


def _days(starts: datetime, parts: dict[str, str]) -> list[int]:
    """Return the days of the month that a rule means, where one of them may be missing; else none."""
    if parts.get("FREQ") not in ("MONTHLY", "YEARLY") or OTHER_DAYS & parts.keys():
        return []
    if (
        parts["FREQ"] == "YEARLY"
        and "BYMONTH" not in parts
        and ("BYMONTHDAY" in parts or starts.month != FEBRUARY)
    ):
        return []  # every day of every month is named, or the one day of the year is there each year
    said = (
        [int(day) for day in parts["BYMONTHDAY"].split(",")]
        if "BYMONTHDAY" in parts
        else [starts.day]
    )
    has_many = len(said) > 1 and "COUNT" in parts
    has_missing = any(day > SHORTEST for day in said)
    return (
        []
        if has_many
        or not has_missing
        or any("," in parts.get(name, "") for name in TIMES)
        else said
    )


def _of_day(starts: datetime, parts: dict[str, str], day: int) -> str:
    """Write the rule for one day of the month, or the last before it that there is."""
    if parts["FREQ"] == "YEARLY":
        parts = {"BYMONTH": str(starts.month), **parts}
        if "," in parts["BYMONTH"] and parts.get("INTERVAL", "1") == "1":
            parts = {
                **parts,
                "FREQ": "MONTHLY",
            }  # the set from which the last one is taken is a month's
    nearest = {
        "BYMONTHDAY": ",".join(map(str, range(SHORTEST, day + 1))),
        "BYSETPOS": "-1",
    }
    wanted = nearest if day > SHORTEST else {"BYMONTHDAY": str(day)}
    return ";".join(f"{name}={value}" for name, value in {**parts, **wanted}.items())
