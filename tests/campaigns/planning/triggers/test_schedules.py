"""Schedules fire each local wall time once, whoever beats, and report what they missed."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.lifecycle import campaign_state
from campaigns.models import Campaign, CampaignVersion, Run, Schedule, ScheduleTick
from campaigns.triggers import schedules

WEEKLY = {
    "starts": "2024-05-06 09:30",
    "time_zone": "Europe/Berlin",
    "repeat": "FREQ=WEEKLY;BYDAY=MO",
    "grace_minutes": 60,
}
APPROVED_AT = datetime(2024, 5, 1, tzinfo=UTC)
FIRST = datetime(2024, 5, 6, 7, 30, tzinfo=UTC)  # 09:30 in Berlin
WEEK = timedelta(days=7)
State = ScheduleTick.State


@pytest.fixture
def clock(monkeypatch):
    """The shop's clock, set by hand."""

    def set_to(moment: datetime) -> None:
        for module in (
            "triggers.schedules",
            "planning.launch",
            "lifecycle.approve",
            "lifecycle.campaign_state",
        ):
            monkeypatch.setattr(f"campaigns.{module}.now", lambda: moment)

    return set_to


@pytest.fixture
def weekly(clock, make_approved) -> Schedule:
    clock(APPROVED_AT)
    return make_approved(schedule=WEEKLY).campaign.schedule


def ticks() -> list[tuple[str, str]]:
    return [
        (f"{one.due_local:%m-%d %H:%M}", one.state)
        for one in ScheduleTick.objects.order_by("due_local")
    ]


@pytest.mark.django_db
def test_it_fires_at_its_time_and_once(weekly, clock):
    clock(FIRST - timedelta(seconds=1))
    assert schedules.fire() == []
    clock(FIRST)
    (run,) = schedules.fire()
    assert (run.started_by, run.as_of) == ("schedule", FIRST)
    clock(FIRST + timedelta(seconds=10))
    assert schedules.fire() == []
    assert ticks() == [("05-06 09:30", State.FIRED)]
    assert ScheduleTick.objects.get().run == run


@pytest.mark.django_db
def test_by_the_customers_clocks_it_fires_where_the_day_begins_and_says_the_wall_time(
    clock, make_approved
):
    clock(APPROVED_AT)
    make_approved(schedule={**WEEKLY, "time_zone": "customer"})
    clock(datetime(2024, 5, 5, 19, 29, tzinfo=UTC))
    assert schedules.fire() == []
    clock(datetime(2024, 5, 5, 19, 30, tzinfo=UTC))  # 09:30 at UTC+14
    (run,) = schedules.fire()
    assert run.due_local == datetime(2024, 5, 6, 9, 30, tzinfo=UTC)


@pytest.mark.django_db
def test_every_week_is_a_run_of_its_own(weekly, clock):
    for n in range(3):
        clock(FIRST + n * WEEK)
        schedules.fire()
    assert Run.objects.count() == 3
    assert [state for _at, state in ticks()] == [State.FIRED] * 3


@pytest.mark.django_db
def test_a_little_late_it_still_fires_too_late_it_is_reported(weekly, clock):
    clock(FIRST + timedelta(minutes=60))
    assert len(schedules.fire()) == 1
    clock(FIRST + WEEK + timedelta(minutes=61))
    assert schedules.fire() == []
    assert [state for _at, state in ticks()] == [State.FIRED, State.MISSED]


@pytest.mark.django_db
def test_after_a_long_sleep_there_is_no_burst(weekly, clock):
    clock(FIRST + 3 * WEEK + timedelta(minutes=5))
    assert len(schedules.fire()) == 1
    assert [state for _at, state in ticks()] == [State.MISSED] * 3 + [State.FIRED]


@pytest.mark.django_db
def test_what_came_before_the_approval_is_nobodys_debt(clock, make_approved):
    clock(FIRST + timedelta(days=1))
    make_approved(schedule=WEEKLY)
    assert schedules.fire() == []
    assert ticks() == []


@pytest.mark.django_db
def test_approved_a_little_late_it_still_fires_and_once(clock, make_approved):
    clock(FIRST + timedelta(minutes=30))
    make_approved(schedule=WEEKLY)
    assert len(schedules.fire()) == 1
    make_approved(schedule=WEEKLY, priority=7)
    assert schedules.fire() == []


@pytest.mark.django_db
def test_a_beat_that_died_between_noting_and_launching_is_made_good(
    weekly, clock, monkeypatch
):
    clock(FIRST)
    with monkeypatch.context() as dying:
        dying.setattr(schedules, "launch", lambda *_args, **_options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            schedules.fire()
    assert ticks() == [("05-06 09:30", State.DUE)]
    clock(FIRST + timedelta(seconds=10))
    assert len(schedules.fire()) == 1


@pytest.mark.django_db
def test_found_due_again_after_the_grace_it_is_missed(weekly, clock):
    clock(FIRST)
    schedules._note_due(weekly, FIRST)
    clock(FIRST + timedelta(hours=2))
    assert schedules.fire() == []
    assert ticks() == [("05-06 09:30", State.MISSED)]


@pytest.mark.django_db
def test_a_paused_campaign_misses_its_time(weekly, clock):
    campaign_state.pause(weekly.campaign)
    clock(FIRST)
    assert schedules.fire() == []
    assert ticks() == [("05-06 09:30", State.MISSED)]


@pytest.mark.django_db
def test_the_next_time_is_known(weekly):
    assert schedules.next_at(weekly, APPROVED_AT) == FIRST
    assert schedules.next_at(weekly, FIRST) == FIRST + WEEK


BEAT = """
import django, json, sys
django.setup()
from campaigns.triggers import schedules
print("ready", flush=True)
sys.stdin.readline()
runs = [run.pk for _ in range(20) for run in schedules.fire()]
print(json.dumps(runs))
"""


def test_four_beats_at_once_fire_once(
    transactional_db, shop_environment, make_approved
):
    from retention_site.lib.clock import now

    soon = {
        "starts": f"{now() + timedelta(hours=1):%Y-%m-%d %H:%M}",
        "time_zone": "UTC",
    }
    version = make_approved(schedule=soon)
    CampaignVersion.objects.filter(pk=version.pk).update(
        approved_at=now() - timedelta(days=2)
    )
    Schedule.objects.update(starts_local=now() - timedelta(minutes=1))
    beats = [
        subprocess.Popen(
            [sys.executable, "-c", BEAT],
            env=shop_environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    assert [beat.stdout.readline().strip() for beat in beats] == ["ready"] * 4
    for beat in beats:
        beat.stdin.write("go\n")
        beat.stdin.flush()
    fired = [
        run for beat in beats for run in json.loads(beat.communicate(timeout=60)[0])
    ]
    assert Run.objects.count() == 1
    assert fired == [Run.objects.get().pk]
    assert Campaign.objects.get().runs.count() == 1
