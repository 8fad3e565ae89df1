"""Repeating wall times, across changes of the clock in ten zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.triggers.recurrence import due, following, wall
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
