"""Journeys under fire: workers killed in a move, side by side, late, and an event that
comes as somebody arrives.
"""

import os
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns.journeys import event_waits, locks, mover, tokens
from campaigns.journeys.entries import Entry, enter
from campaigns.journeys.step_kinds import Message as MessageKind
from campaigns.journeys.tokens import DUE, WOKEN
from campaigns.journeys.waits import WaitUntil
from campaigns.journeys.walk import Walk
from campaigns.models import (
    JourneyEnrolment,
    JourneyPublication,
    JourneyStep,
    JourneyToken,
    JourneyWait,
    Message,
)
from retention_site.lib.clock import now
from tests.campaigns.journeys.inside import MAIL, make_journey
from tests.factories import make_event
from tests.faults.forks import Fork, in_processes
from tests.sending import make_customers

pytestmark = pytest.mark.django_db(transaction=True)
N = 40
STEPS = [
    {"set": {"seen": True}},
    {"message": MAIL},
    {"wait_until": {"event": "visit", "at_most": "1 day"}},
]


def let_in(n: int = N, steps=STEPS):
    journey = make_journey(steps=steps, leave=None)
    entries = [
        Entry(one.pk, f"e{one.pk}", now(), f"cart_id:{one.pk}")
        for one in make_customers(n, "email")
    ]
    with transaction.atomic():
        enter(journey, entries)
    return journey


def whole() -> None:
    """Everybody is at one place, has one message, and passed each step once."""
    assert JourneyToken.objects.count() == N
    assert JourneyWait.objects.count() == N
    assert Message.objects.count() == N
    assert JourneyStep.objects.count() == 2 * N
    assert JourneyToken.objects.filter(place=2, visit=2, is_parked=True).count() == N


@pytest.mark.parametrize(
    ("holder", "name"),
    [
        (tokens, "claim"),
        (Walk, "run"),
        (MessageKind, "_plan"),
        (tokens, "note"),
        (tokens, "put"),
        (event_waits, "wait_for"),
        (mover, "_move"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_mover_killed_right_after_a_statement_loses_and_doubles_nothing(
    holder, name, monkeypatch
):
    let_in()
    step = getattr(holder, name)

    def last(*arguments, **options):
        step(*arguments, **options)
        os._exit(9)

    with monkeypatch.context() as patch:
        patch.setattr(holder, name, last)
        assert in_processes([mover.move_due]) == [None]
    assert JourneyToken.objects.filter(place=0).count() == N, "nothing was changed"
    mover.move_due()
    whole()


def test_four_movers_side_by_side_move_everybody_once(monkeypatch):
    let_in()
    monkeypatch.setattr(mover, "AT_ONCE", {WOKEN: 7, DUE: 7})
    assert sum(in_processes([mover.move_due] * 4)) == N
    whole()


def test_a_mover_that_comes_late_finds_no_row():
    journey = let_in()
    claimed = tokens.claim  # as a worker that stood still since before it had claimed
    moment = now()
    mover.move_due()
    with transaction.atomic():
        assert claimed(journey.pk, WOKEN, 500, moment) == []
    mover.move_due()
    whole()


@pytest.mark.parametrize("is_event_first", [True, False])
def test_an_event_as_somebody_arrives_is_heard_in_either_order(
    is_event_first, monkeypatch
):
    """Both sides have written before either looks; the lock lets one look after the
    other has committed.
    """
    let_in(1, [STEPS[2]])
    enrolment = JourneyEnrolment.objects.get()
    ready, gone = os.pipe(), os.pipe()
    looks = WaitUntil.arrive

    def arrives(self, moves):
        os.write(ready[1], b"x")
        if is_event_first:  # the event commits meanwhile, and waits for the customer
            os.read(gone[0], 1)
        looks(self, moves)

    def announce() -> int:
        make_event(enrolment.customer, "visit", now() + timedelta(milliseconds=1))
        os.write(gone[1], b"x")
        told = [(enrolment.customer_id, "visit", now() + timedelta(seconds=1))]
        return event_waits.wake(told, event_waits.listening())

    with monkeypatch.context() as patch:
        patch.setattr(WaitUntil, "arrive", arrives)
        fork = Fork(mover.move_due)
        fork.go()
        os.read(ready[0], 1)
        connection.ensure_connection()
        announce()
        fork.answer()
    mover.move_due()
    passed = JourneyStep.objects.filter(enrolment=enrolment)
    assert [one.outcome for one in passed] == ["happened"]
    assert not JourneyToken.objects.exists()


def test_one_customer_enters_once_though_four_let_her_in():
    journey = make_journey(again="never")
    (customer,) = make_customers(1, "email")

    def lets_in(n: int):
        def work() -> int:
            entry = Entry(customer.pk, f"e{n}", now(), f"cart_id:{n}")
            with transaction.atomic():
                return sum(not why for why in enter(journey, [entry]).values())

        return work

    assert sum(in_processes([lets_in(n) for n in range(4)])) == 1
    assert JourneyEnrolment.objects.count() == JourneyToken.objects.count() == 1


def test_publishing_waits_for_whoever_moves_somebody():
    journey = let_in()
    version = JourneyPublication.objects.get().version_id
    claimed = os.pipe()

    def moves() -> int:
        with transaction.atomic():
            found = tokens.claim(journey.pk, WOKEN, 500, now())
            os.write(claimed[1], b"x")
            connection.cursor().execute("SELECT pg_sleep(0.2)")
            mover._move(version, found, now())
            return len(found)

    fork = Fork(moves)
    fork.go()
    os.read(claimed[0], 1)
    with transaction.atomic():
        locks.alone(journey.pk)
        assert JourneyToken.objects.filter(place=2).count() == N
    assert fork.answer() == N
