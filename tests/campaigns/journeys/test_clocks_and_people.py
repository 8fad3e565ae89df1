"""Clocks that change, customers who are one person, who is erased while she waits."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.journeys import missed_events, mover
from campaigns.models import JourneyEnrolment, JourneyToken, Message
from profiles.models import Customer
from profiles.privacy import erasure
from retention_site.lib import clock
from tests.campaigns.journeys.inside import (
    MAIL,
    diary,
    ends,
    happens,
    make_journey,
    settle,
)
from tests.factories import make_event
from tests.sending import make_customers

HOUR = timedelta(hours=1)


def join(one: Customer, head: Customer) -> None:
    Customer.objects.filter(pk=one.pk).update(merged_into=head)


def at_nine(customer: Customer, zone: str, now: datetime, monkeypatch) -> datetime:
    """Return when a customer who enters at a moment goes on who waits until 9."""
    Customer.objects.filter(pk=customer.pk).update(time_zone=zone)
    monkeypatch.setattr(clock, "real_now", lambda: now)
    make_journey(steps=[{"wait": {"at": "09:00"}}], leave=None)
    happens(customer, "cart", cart_id="a")
    settle()
    return JourneyToken.objects.get().wake_at


@pytest.mark.parametrize(
    ("zone", "now", "due"),
    [
        ("Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T07:00Z"),
        ("Europe/Berlin", "2026-10-24T12:00Z", "2026-10-25T08:00Z"),
        ("Asia/Kathmandu", "2026-06-01T12:00Z", "2026-06-02T03:15Z"),
        ("no/zone", "2026-06-01T12:00Z", "2026-06-02T09:00Z"),
    ],
)
def test_nine_oclock_is_by_the_customers_clock(customer, zone, now, due, monkeypatch):
    moment = datetime.fromisoformat(now)
    found = at_nine(customer, zone, moment, monkeypatch)
    assert found == datetime.fromisoformat(due)


def test_whose_zone_changes_waits_for_nine_oclock_there(customer, monkeypatch):
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    at_nine(customer, "Europe/Berlin", now, monkeypatch)
    Customer.objects.filter(pk=customer.pk).update(time_zone="Asia/Tokyo")
    mover.follow_zones()
    mover.move_due()
    due = datetime(2026, 6, 2, 0, tzinfo=UTC)
    assert JourneyToken.objects.get().wake_at == due
    assert diary(customer) == []


def test_two_who_become_one_are_heard_as_one(customer, later):
    make_journey()
    (other,) = make_customers(1, "email")
    happens(customer, "cart", cart_id="a")
    happens(other, "cart", cart_id="b")
    settle()
    join(other, customer)
    other.refresh_from_db()
    assert other.merged_into_id == customer.pk
    happens(customer, "purchase", cart_id="b")
    settle()
    assert (ends(customer), ends(other)) == ([""], ["goal reached"])
    later(HOUR)
    assert Message.objects.get().customer_id == customer.pk


def test_who_was_in_it_before_she_was_joined_enters_no_second_time(customer):
    make_journey(again="never")
    (other,) = make_customers(1, "email")
    happens(other, "cart", cart_id="a")
    settle()
    join(other, customer)
    happens(customer, "cart", cart_id="b")
    settle()
    assert JourneyEnrolment.objects.count() == 1


def test_who_is_erased_while_she_waits_goes_no_further(customer, later):
    make_journey(steps=[{"message": MAIL}, {"wait": "1 hour"}, {"message": MAIL}])
    happens(customer, "cart", cart_id="a")
    settle()
    erasure.finish(erasure.begin(customer.external_id))
    later(2 * HOUR)
    assert not JourneyToken.objects.exists()
    assert [one.reason for one in JourneyEnrolment.objects.all()] == ["erased"]
    assert JourneyEnrolment.objects.get().data == {}
    assert not Message.objects.live().exists()


def test_an_event_that_nobody_announced_is_found(customer, later):
    wait = {"key": "seen", "wait_until": {"event": "visit", "at_most": "1 day"}}
    make_journey(steps=[wait], leave=None)
    happens(customer, "cart", cart_id="a")
    settle()
    later(HOUR)
    make_event(customer, "visit")
    assert missed_events.look() in (0, 1), (
        "a transaction that is open is looked at later"
    )
    later(2 * timedelta(days=1))
    assert diary(customer) == [("seen", "happened")]
