"""Row 14: clocks that jump a day ahead and back while messages leave and schedules
fire.
"""

import random
from datetime import UTC, datetime, timedelta

import pytest

from campaigns import tasks
from campaigns.delivery import send, sweep
from campaigns.delivery.sinks import ports
from campaigns.models import Message, Occasion, Run, ScheduleTick, Trigger
from campaigns.triggers import armed_triggers, schedules
from retention_site.lib import clock
from tests.campaigns.planning.conftest import campaign_of, someone
from tests.faults.checker import check
from tests.faults.forks import in_processes
from tests.sending import eventually, make_send, states

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("local_sinks"),
]
DAY = timedelta(days=1)
N = 60


def jumping(seed: int):
    """A process whose clock says another time whenever it is asked: business time, not
    the database's.
    """
    rng, right = random.Random(seed), clock.real_now

    def work() -> None:
        clock.real_now = lambda: right() + DAY * rng.uniform(-1, 1)
        for _ in range(6):
            send.drain("bulk")
            sweep.sweep()

    return work


def test_workers_whose_clocks_jump_send_each_message_once():
    run = make_send(N)
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    in_processes([jumping(seed + n) for n in range(3)])
    Message.objects.filter(run=run, state="queued").update(not_before=clock.now())

    def step() -> None:
        tasks.sweep_messages()
        send.drain("bulk")

    assert eventually(lambda: states(run) == {"sent": N}, 10, step), states(run)
    assert check(ports.folder().parent, [run]) == {"sent": N}


def test_a_clock_that_goes_back_fires_nothing_twice_and_one_that_jumps_ahead_reports_it(
    monkeypatch,
):
    from campaigns.lifecycle.apply import apply
    from campaigns.lifecycle.approve import approve

    at = {"now": datetime(2024, 5, 1, tzinfo=UTC)}
    for module in ("triggers.schedules", "planning.launch", "lifecycle.approve"):
        monkeypatch.setattr(f"campaigns.{module}.now", lambda: at["now"])
    daily = {
        "starts": "2024-05-02 09:00",
        "time_zone": "UTC",
        "repeat": "FREQ=DAILY",
        "grace_minutes": 60,
    }
    approve(apply(campaign_of(schedule=daily), by=someone()).version, by=someone())
    due = datetime(2024, 5, 2, 9, tzinfo=UTC)
    for moment in (
        due,
        due - timedelta(hours=5),
        due,
        due - DAY,
        due + timedelta(minutes=1),
        due + 3.5 * DAY,
    ):
        at["now"] = moment
        schedules.fire()
    assert Run.objects.count() == 1
    said = list(ScheduleTick.objects.order_by("due_at").values_list("state", flat=True))
    assert said == [
        "fired",
        "missed",
        "missed",
        "missed",
    ], "never a burst, never in silence"


def test_an_occasion_waits_for_its_time_by_whatever_clock_and_starts_once(monkeypatch):
    from campaigns.lifecycle.apply import apply
    from campaigns.lifecycle.approve import approve
    from campaigns.triggers import api_call, start

    email = {
        "subject": "x",
        "html": "<a href='{{ unsubscribe_url }}'>x</a>",
        "text": "{{ unsubscribe_url }}",
    }
    changes = {
        "segment": None,
        "holdout": 0,
        "offer": None,
        "channels": ["email"],
        "recommendations": None,
    }
    raw = campaign_of(
        **changes, messages={"email": email}, trigger={"kind": "api", "delay": "1 hour"}
    )
    campaign = approve(apply(raw, by=someone()).version, by=someone()).campaign
    armed_triggers.forget()
    from tests.sending import make_customers

    (customer,) = make_customers(1, "email")
    right = clock.now()
    api_call.call(campaign, customer, key="k", data={}, trigger="api")
    for hours, started in ((-5, 0), (0.9, 0), (1.1, 1), (-5, 0), (2, 0)):
        monkeypatch.setattr(
            start, "now", lambda hours=hours: right + timedelta(hours=hours)
        )
        assert start.start_due() == started
    assert (Message.objects.count(), Occasion.objects.get().state) == (1, "started")
    assert Trigger.objects.count() == 1
