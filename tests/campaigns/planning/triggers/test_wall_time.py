"""Repeating wall times, across changes of the clock in ten zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.admin.campaign.plan import plan_lines
from campaigns.triggers.recurrence import due, following, means_last_day, wall
from retention_site.lib.walltime import instant

DAILY = "FREQ=DAILY"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_single_time_is_due_once():
    starts = at("2024-05-06T09:30")
    assert due(starts, "", after=at("2024-05-01"), until=at("2024-05-07")) == [starts]
    assert due(starts, "", after=starts, until=at("2024-05-07")) == []
    assert due(starts, "", after=at("2024-05-01"), until=at("2024-05-06T09:29")) == []


def test_a_rule_gives_every_time_after_one_and_up_to_another():
    assert due(
        at("2020-01-01T09:00"),
        DAILY,
        after=at("2024-05-01T09:00"),
        until=at("2024-05-03T09:00"),
    ) == [
        at("2024-05-02T09:00"),
        at("2024-05-03T09:00"),
    ]


def test_nothing_is_due_before_the_first_time():
    assert (
        due(
            at("2024-05-06T09:00"),
            DAILY,
            after=at("2024-01-01"),
            until=at("2024-05-05"),
        )
        == []
    )


def test_a_rule_with_an_end_ends():
    rule = "FREQ=DAILY;COUNT=2"
    assert following(at("2024-05-06T09:00"), rule, after=at("2024-05-07T09:00")) is None


@pytest.mark.parametrize(
    ("zone", "gap", "first_after", "fold"),
    [
        ("Europe/Berlin", "2024-03-31T02:30", "2024-03-31T01:00Z", "2024-10-27T02:30"),
        ("Europe/London", "2024-03-31T01:30", "2024-03-31T01:00Z", "2024-10-27T01:30"),
        (
            "America/New_York",
            "2024-03-10T02:00",
            "2024-03-10T07:00Z",
            "2024-11-03T01:30",
        ),
        (
            "America/St_Johns",
            "2024-03-10T02:30",
            "2024-03-10T05:30Z",
            "2024-11-03T01:30",
        ),
        (
            "America/Santiago",
            "2024-09-08T00:15",
            "2024-09-08T04:00Z",
            "2024-04-06T23:30",
        ),
        (
            "Australia/Lord_Howe",
            "2024-10-06T02:15",
            "2024-10-05T15:30Z",
            "2024-04-07T01:45",
        ),
        (
            "Australia/Sydney",
            "2024-10-06T02:30",
            "2024-10-05T16:00Z",
            "2024-04-07T02:30",
        ),
        (
            "Africa/Casablanca",
            "2024-04-14T02:30",
            "2024-04-14T02:00Z",
            "2024-03-10T02:30",
        ),
        ("Asia/Beirut", "2024-03-31T00:30", "2024-03-30T22:00Z", "2024-10-26T23:30"),
        (
            "Pacific/Auckland",
            "2024-09-29T02:30",
            "2024-09-28T14:00Z",
            "2024-04-07T02:30",
        ),
    ],
)
def test_a_daily_time_happens_once_a_day_through_gap_and_fold(
    zone, gap, first_after, fold
):
    there = ZoneInfo(zone)
    assert instant(at(gap), there) == at(first_after)
    for turn in (at(gap), at(fold)):
        assert _times_fired(turn, there) == 5


def _times_fired(turn: datetime, zone: ZoneInfo) -> int:
    """Look every ten minutes for five days around a turn, as sweeps do; count what came
    due.
    """
    starts, last, fired = (
        turn - timedelta(days=40),
        turn - timedelta(days=2, hours=12),
        0,
    )
    moment = instant(last, zone)
    for _ in range(5 * 24 * 6):
        moment += timedelta(minutes=10)
        for local in due(starts, DAILY, after=last, until=wall(moment, zone)):
            if instant(local, zone) <= moment:
                fired, last = fired + 1, local
    return fired


@pytest.mark.parametrize(
    "zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "UTC"]
)
def test_zones_far_from_here(zone):
    local = at("2024-05-01T09:00")
    assert wall(instant(local, ZoneInfo(zone)), ZoneInfo(zone)) == local
    assert instant(local, ZoneInfo(zone)).tzinfo == UTC


def days(starts: datetime, repeat: str, n: int) -> list[str]:
    """The next firings as a preview asks for them one by one, and all at once as the clock does."""
    found: list[datetime] = []
    after = before = starts - timedelta(366)
    while len(found) < n and (one := following(starts, repeat, after=after)):
        found.append(one)
        after = one
    assert due(starts, repeat, after=before, until=found[-1]) == found
    return [f"{one:%m-%d}" for one in found]


@pytest.mark.parametrize(
    ("starts", "repeat", "when"),
    [
        (
            "2026-01-31",
            "FREQ=MONTHLY",
            "01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31",
        ),
        ("2028-01-31", "FREQ=MONTHLY", "01-31 02-29 03-31"),
        ("2026-01-30", "FREQ=MONTHLY", "01-30 02-28 03-30"),
        ("2026-01-29", "freq=monthly", "01-29 02-28 03-29"),
        ("2026-01-31", "FREQ=MONTHLY;INTERVAL=3", "01-31 04-30 07-31 10-31"),
        ("2026-01-31", "FREQ=MONTHLY;COUNT=3", "01-31 02-28 03-31"),
        ("2026-01-31", "FREQ=MONTHLY;BYMONTHDAY=-1", "01-31 02-28 03-31"),
        ("2026-01-01", "FREQ=MONTHLY;BYMONTHDAY=31", "01-31 02-28 03-31 04-30"),
        ("2026-01-01", "FREQ=MONTHLY;BYMONTHDAY=15,31", "01-15 01-31 02-15 02-28"),
        ("2026-01-31", "FREQ=MONTHLY;BYDAY=-1FR", "02-27 03-27"),
        ("2026-01-15", "FREQ=MONTHLY", "01-15 02-15"),
        ("2026-01-31", "FREQ=YEARLY;BYMONTH=1,4,7,10", "01-31 04-30 07-31 10-31 01-31"),
        ("2028-02-29", "FREQ=YEARLY", "02-29 02-28 02-28 02-28 02-29"),
        ("2026-01-31", "FREQ=YEARLY", "01-31 01-31"),
    ],
)
def test_a_day_that_a_month_lacks_is_its_last_day(starts, repeat, when):
    assert days(at(f"{starts}T10:00"), repeat, len(when.split())) == when.split()


@pytest.mark.parametrize(
    ("day", "repeat", "is_said"),
    [
        (31, "FREQ=MONTHLY", True),
        (28, "FREQ=MONTHLY", False),
        (31, "FREQ=MONTHLY;BYMONTHDAY=-1", False),
        (31, "", False),
    ],
)
def test_a_preview_says_so(day, repeat, is_said):
    assert means_last_day(at(f"2026-01-{day}T10:00"), repeat) == is_said
    plan = {
        "schedule": {
            "starts": f"2026-01-{day}T10:00",
            "time_zone": "UTC",
            "repeat": repeat,
        }
    }
    words = dict(plan_lines(plan))["Starts"]
    assert ("on the last day of months that are shorter" in words) == is_said
