"""What a limit counts within: the customer's own calendar day, week from Monday, or
month.

A campaign's limits and the shop's, planning and the send gate, the pages and the words
all take it from here. Not the last 24 hours or 7 days: a calendar window has a name, so
that a place in it can be a row which no two messages can hold.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from retention_site.lib.clock import shop_zone
from retention_site.lib.walltime import instant, zone_named

KINDS = ("day", "week", "month")
# a campaign's own limits, as its file names them
RULES = {"per_day": "day", "per_week": "week", "per_month": "month"}
REACHED = {
    "per_day": "daily limit reached",
    "per_week": "weekly limit reached",
    "per_month": "monthly limit reached",
}


def zone_of(name: str) -> ZoneInfo:
    """Return a customer's time zone; the shop's where none or an unknown one is named."""
    return zone_named(name) or shop_zone()


def span_of(kind: str, local: datetime) -> str:
    """Name the window that holds a local time: 2024-05-01, 2024-W18, 2024-05."""
    if kind == "day":
        return f"{local:%Y-%m-%d}"
    if kind == "week":
        year, week, _ = local.isocalendar()
        return f"{year}-W{week:02}"
    return f"{local:%Y-%m}"


def start_of(kind: str, local: datetime) -> datetime:
    """Return the instant at which the window that holds a zoned local time began.

    Midnight by the wall: a day that a change of the clock makes shorter or longer is a
    day all the same, and one whose midnight is skipped begins when the clock jumps.
    """
    first = local.date()
    if kind == "week":
        first -= timedelta(days=first.weekday())
    elif kind == "month":
        first = first.replace(day=1)
    assert isinstance(local.tzinfo, ZoneInfo)  # noqa: S101  the callers make it so
    return instant(datetime.combine(first, time.min), local.tzinfo)
