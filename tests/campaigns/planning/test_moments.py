"""When a message may leave: the customer's clock, the usual slot, an even spread; never
earlier than now.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.admin.campaign.plan import plan_lines
from campaigns.content.model import SendTime
from campaigns.content.parse import read
from campaigns.planning.send_time import next_in_slot, not_before

BERLIN, AUCKLAND, APIA = (
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("Pacific/Auckland"),
    ZoneInfo("Pacific/Pago_Pago"),
)
MONDAY = datetime(2024, 5, 6, 10, 0, tzinfo=UTC)  # noon in Berlin


def plan(**said) -> SendTime:
    return SendTime(
        **{"at": "", "best_slot": False, "within_hours": 168, "spread_hours": 0} | said
    )


def test_without_a_plan_it_leaves_at_once():
    assert not_before(None, now=MONDAY, zone=BERLIN) == MONDAY


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (BERLIN, datetime(2024, 5, 6, 7, 30, tzinfo=UTC)),
        (AUCKLAND, datetime(2024, 5, 5, 21, 30, tzinfo=UTC)),
        # 26 hours after the first of them
        (APIA, datetime(2024, 5, 6, 20, 30, tzinfo=UTC)),
    ],
)
def test_a_wall_time_is_each_customers_own_on_the_same_date(zone, expected):
    first_anywhere = datetime(2024, 5, 5, 19, 30, tzinfo=UTC)  # 09:30 at UTC+14
    due = datetime(2024, 5, 6, 9, 30)  # noqa: DTZ001  a wall time
    assert not_before(None, now=first_anywhere, zone=zone, due_local=due) == expected


def test_a_time_of_day_is_the_next_one_and_moves_out_of_a_gap():
    assert not_before(plan(at="12:00"), now=MONDAY, zone=BERLIN) == MONDAY
    assert not_before(plan(at="11:59"), now=MONDAY, zone=BERLIN) == MONDAY + timedelta(
        hours=23, minutes=59
    )
    # the clock in Berlin goes from 02:00 to 03:00
    night = datetime(2024, 3, 30, 23, 0, tzinfo=UTC)
    assert not_before(plan(at="02:30"), now=night, zone=BERLIN) == datetime(
        2024, 3, 31, 1, 0, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        ("weekday 12–16", MONDAY),
        ("weekday 08–12", datetime(2024, 5, 7, 6, 0, tzinfo=UTC)),
        ("weekend 16–20", datetime(2024, 5, 11, 14, 0, tzinfo=UTC)),
        ("weekday 20–24", datetime(2024, 5, 6, 18, 0, tzinfo=UTC)),
        ("whenever", None),
    ],
)
def test_the_usual_slot(slot, expected):
    assert next_in_slot(slot, MONDAY, BERLIN) == expected


def test_a_slot_that_comes_too_late_gives_way_to_the_time_of_day():
    said = plan(best_slot=True, within_hours=24, at="18:00")
    assert not_before(
        said, now=MONDAY, zone=BERLIN, slot="weekend 16–20"
    ) == MONDAY + timedelta(hours=6)
    assert not_before(
        said, now=MONDAY, zone=BERLIN, slot="weekday 16–20"
    ) == MONDAY + timedelta(hours=4)


def test_a_spread_is_even_and_the_same_for_the_same_message():
    said = plan(spread_hours=10)
    at = [not_before(said, now=MONDAY, zone=BERLIN, key=f"m{n}") for n in range(2000)]
    assert at == [
        not_before(said, now=MONDAY, zone=BERLIN, key=f"m{n}") for n in range(2000)
    ]
    hours = [int((one - MONDAY) / timedelta(hours=1)) for one in at]
    assert {hour: hours.count(hour) > 150 for hour in range(10)} == dict.fromkeys(
        range(10), True
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "said",
    [
        {"best_slot": True},
        {"spread_hours": 4},
        {"at": "", "spread_hours": 2},
        {"at": "00:00"},
    ],
)
def test_a_send_time_from_a_file_is_approved_and_said_in_words(make_approved, said):
    version = make_approved(send_time=said)
    kept = read(version.content).send_time
    assert (kept.best_slot, kept.spread_hours) == (
        said.get("best_slot", False),
        said.get("spread_hours", 0),
    )
    assert dict(plan_lines(version.content))["Leaves"]
