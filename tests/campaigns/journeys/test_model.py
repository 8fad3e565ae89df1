"""Random journeys, events and clocks: the engine comes to what a plain reading says."""

import random
from datetime import timedelta
from typing import Any

import pytest

from campaigns.content.journey_graph import graph_of
from campaigns.journeys import event_waits, mover
from campaigns.journeys.definition import journey_of
from campaigns.journeys.entries import Entry, enter
from campaigns.models import (
    JourneyEnrolment,
    JourneyPublication,
    JourneyStep,
    JourneyToken,
    JourneyWait,
    Message,
)
from campaigns.stats.allocation.assignment import assign
from retention_site.lib import clock
from tests.campaigns.journeys.inside import MAIL, make_journey
from tests.campaigns.journeys.interpreter import Reading, Told
from tests.factories import make_event
from tests.sending import make_customers

KINDS = ("visit", "purchase", "sign_up")
SPANS = ("10 minutes", "1 hour", "5 hours", "1 day")


def a_list(rng: random.Random, depth: int) -> list[dict[str, Any]]:
    return [a_step(rng, depth) for _ in range(rng.randint(1, 3))]


def a_step(rng: random.Random, depth: int) -> dict[str, Any]:
    kind = rng.choice(["wait", "wait_until", "test", "message"])
    if kind == "wait" or (depth == 0 and kind == "test"):
        return {"wait": rng.choice(SPANS)}
    if kind == "message":
        return {"message": MAIL}
    if kind == "test":
        arms = [{"name": name, "steps": a_list(rng, depth - 1)} for name in "ab"]
        return {"test": {"arms": arms}}
    return {
        "wait_until": {
            "event": rng.choice(KINDS),
            "same": rng.choice(["", "cart_id"]),
            "at_most": rng.choice(SPANS),
            "since": rng.choice(["step", "entry"]),
            "then": a_list(rng, depth - 1) if depth else [],
            "else": a_list(rng, depth - 1) if depth and rng.random() < 0.5 else [],
        }
    }


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_the_engine_comes_to_what_a_plain_reading_says(seed, monkeypatch):
    compare(seed, monkeypatch)


@pytest.mark.soak
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_journeys_come_to_what_a_plain_reading_says(seed, monkeypatch):
    compare(seed, monkeypatch)


def compare(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    moment = clock.now().replace(microsecond=0)
    monkeypatch.setattr(clock, "real_now", lambda: moment)
    journey = make_journey(
        steps=a_list(rng, 2),
        leave={"goal": "purchase", "same": "cart_id"},
        expires_after_hours=8784,
    )
    version = journey_of(JourneyPublication.objects.get().version_id)
    customers = make_customers(2, "email")
    events: dict[int, list[Told]] = {one.pk: [] for one in customers}
    readings: dict[str, tuple[int, Reading]] = {}

    def enters(n: int) -> None:
        customer = rng.choice(customers)
        enter(journey, [Entry(customer.pk, f"e{n}", moment, f"cart_id:{n}")])
        arms = {
            place.key: place.says["arms"][
                int(
                    assign(
                        [customer.external_id],
                        salt=f"{version.version.salt}:{place.key}",
                        shares=[one["weight"] for one in place.says["arms"]],
                    ).arms[0]
                )
            ]["name"]
            for place in version.graph.places
            if place.kind == "test"
        }
        reading = Reading(
            graph_of(version.content.steps),
            version.content.leave or {},
            str(n),
            moment,
            arms,
        )
        readings[f"e{n}"] = customer.pk, reading

    def happens() -> None:
        customer, kind = rng.choice(customers), rng.choice(KINDS)
        # some are told late
        at = moment - timedelta(minutes=rng.choice([0, 0, 0, 7, 90]))
        cart = str(rng.randint(0, 3))
        for _ in range(rng.choice([1, 1, 2])):  # and some twice
            make_event(customer, kind, at, properties={"cart_id": cart})
        events[customer.pk].append(Told(kind, at, cart))
        event_waits.wake([(customer.pk, kind, at)], event_waits.listening())

    for n in range(4):
        enters(n)
    for _ in range(25):
        if rng.random() < 0.5:
            happens()
        else:
            minutes = rng.choice([0, 1, 9, 10, 60, 299, 300, 1440])
            moment += timedelta(minutes=minutes)
        mover.move_due()
        for customer, reading in readings.values():
            reading.look(events[customer], moment)

    for occurrence, (_customer, reading) in readings.items():
        enrolment = JourneyEnrolment.objects.get(occurrence=occurrence)
        passed = [
            (version.graph.places[one.place].key, one.outcome)
            for one in JourneyStep.objects.filter(enrolment=enrolment).order_by("visit")
        ]
        assert (passed, enrolment.reason) == (reading.diary, reading.reason)
        is_over = enrolment.ended_at is not None
        assert is_over == (reading.place is None)
        n_tokens = JourneyToken.objects.filter(enrolment=enrolment).count()
        assert n_tokens == (0 if is_over else 1)
    sent = [one for _, each in readings.values() for one in each.diary]
    n_messages = sum(key.startswith("message") for key, _outcome in sent)
    assert Message.objects.count() == n_messages
    assert not JourneyWait.objects.filter(enrolment__ended_at__isnull=False).exists()
