"""Quiet hours around the world, and when clocks change."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from campaigns.delivery.limits.quiet_hours import quiet_until

NIGHT = (time(21), time(8))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        ("2024-05-06T20:59:59+00:00", "UTC", None),
        ("2024-05-06T21:00:00+00:00", "UTC", "2024-05-07T08:00+00:00"),
        ("2024-05-07T07:59:59+00:00", "UTC", "2024-05-07T08:00+00:00"),
        ("2024-05-07T08:00:00+00:00", "UTC", None),
        # UTC+14
        ("2024-05-06T12:00:00+00:00", "Pacific/Kiritimati", "2024-05-06T18:00+00:00"),
        # UTC−11
        ("2024-05-06T12:00:00+00:00", "Pacific/Pago_Pago", "2024-05-06T19:00+00:00"),
        # UTC+5:45
        ("2024-05-06T16:00:00+00:00", "Asia/Kathmandu", "2024-05-07T02:15+00:00"),
        ("2024-05-06T12:00:00+00:00", "Europe/Berlin", None),
        # Clocks go forward in the night: eight o'clock comes an hour sooner.
        ("2024-03-30T22:00:00+00:00", "Europe/Berlin", "2024-03-31T06:00+00:00"),
        ("2024-03-10T06:00:00+00:00", "America/New_York", "2024-03-10T12:00+00:00"),
        # Clocks go back: it comes an hour later.
        ("2024-10-26T22:00:00+00:00", "Europe/Berlin", "2024-10-27T07:00+00:00"),
        # half an hour forward
        ("2024-10-05T14:00:00+00:00", "Australia/Lord_Howe", "2024-10-05T21:00+00:00"),
    ],
)
def test_night_ends_at_eight_in_the_customers_zone(now, zone, until):
    expected = at(until) if until else None
    assert quiet_until(at(now), ZoneInfo(zone), *NIGHT) == expected


def test_an_end_inside_a_gap_moves_to_the_first_valid_instant():
    # 01:30 in Berlin, half an hour before the gap
    now = at("2024-03-31T00:30:00+00:00")
    assert quiet_until(now, ZoneInfo("Europe/Berlin"), time(1), time(2, 30)) == at(
        "2024-03-31T01:00:00+00:00"
    )


def test_an_end_inside_a_fold_is_its_first_time_and_then_its_second():
    berlin, end = ZoneInfo("Europe/Berlin"), time(2, 30)
    assert quiet_until(at("2024-10-27T00:10:00+00:00"), berlin, time(1), end) == at(
        "2024-10-27T00:30:00+00:00"
    )
    assert quiet_until(at("2024-10-27T01:10:00+00:00"), berlin, time(1), end) == at(
        "2024-10-27T01:30:00+00:00"
    )


def test_daytime_hours_do_not_span_midnight():
    assert quiet_until(
        at("2024-05-06T12:30:00+00:00"), ZoneInfo("UTC"), time(12), time(14)
    ) == at("2024-05-06T14:00:00+00:00")
    assert (
        quiet_until(
            at("2024-05-06T23:00:00+00:00"), ZoneInfo("UTC"), time(12), time(14)
        )
        is None
    )


def test_equal_hours_are_no_quiet_hours():
    assert (
        quiet_until(
            datetime(2024, 5, 6, 9, tzinfo=UTC), ZoneInfo("UTC"), time(9), time(9)
        )
        is None
    )
