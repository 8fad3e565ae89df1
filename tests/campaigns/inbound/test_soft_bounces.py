"""An address that turns mail away day after day is given up, said so, and opened again
by a person.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.delivery.channels.provider import Heard, What
from campaigns.delivery.gating import suppression
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.track import provider_events, soft_bounces
from campaigns.models import Message, Suppression, Touchpoint
from profiles.models import Customer, Event
from retention_site.lib.clock import now
from tests.sending import make_customers, make_send, only_message

pytestmark = pytest.mark.django_db
EMAIL = channel_named("email")()


@pytest.fixture
def customer(shop) -> Customer:
    return make_customers(1, "email")[0]


def sent(customer: Customer, days_ago: float) -> Message:
    message = only_message(make_send(customers=[customer]))
    Message.objects.filter(pk=message.pk).update(
        state="sent", sent_at=now() - timedelta(days=days_ago)
    )
    message.refresh_from_db()
    return message


def bounce(
    customer: Customer, days_ago: float, *, address: str = "", times: int = 1
) -> None:
    message = sent(customer, days_ago)
    for n in range(times):
        told = Heard(
            What.BOUNCED,
            f"e{message.pk}:{n}",
            message=message.pk,
            address=address or customer.email,
            at=message.sent_at,
            detail="4.2.2 mailbox full",
        )
        provider_events.take(EMAIL, "smtp", told)


def stands_against(customer: Customer) -> str:
    return suppression.suppressed(
        [("email", suppression.address_hash(EMAIL, customer.email))]
    ).get(("email", suppression.address_hash(EMAIL, customer.email)), "")


def test_three_days_of_no_give_an_address_up(customer):
    for days_ago in (9, 5):
        bounce(customer, days_ago)
    assert not stands_against(customer)
    bounce(customer, 1)
    assert stands_against(customer) == "turned mail away on 3 days within 30 days"
    assert not any(
        "address" in event.properties
        for event in Event.objects.filter(type="message_bounced")
    )


def test_one_bad_evening_counts_once(customer):
    bounce(customer, 0, times=5)
    assert soft_bounces.n_days(EMAIL, customer, customer.email, now()) == 1
    assert not stands_against(customer)


def test_what_lies_long_back_counts_no_more(customer):
    for days_ago in (50, 40, 1):
        bounce(customer, days_ago)
    assert not stands_against(customer)


@pytest.mark.parametrize("sign", ["delivered", "clicked", "scanned"])
def test_a_sign_of_life_starts_the_count_anew(customer, sign):
    for days_ago in (9, 5):
        bounce(customer, days_ago)
    alive = sent(customer, 3)
    if sign == "delivered":
        provider_events.take(
            EMAIL, "smtp", Heard(What.DELIVERED, "d", message=alive.pk)
        )
    else:
        Touchpoint.objects.create(
            message=alive, kind="click", at=alive.sent_at, is_machine=sign == "scanned"
        )
    bounce(customer, 1)
    assert bool(stands_against(customer)) == (sign == "scanned"), (
        "a scanner is no sign of life"
    )


def test_another_address_begins_with_nothing(customer):
    for days_ago in (9, 5):
        bounce(customer, days_ago, address="old@customers.example")
    bounce(customer, 1)
    assert not stands_against(customer)


def test_a_person_opens_it_again_and_the_count_starts_anew(customer, admin_client):
    for days_ago in (9, 5, 1):
        bounce(customer, days_ago)
    page = admin_client.get(
        reverse("admin:profiles_customer_change", args=[customer.pk])
    ).content.decode()
    assert "turned mail away on 3 days within 30 days" in page
    admin_client.post(reverse("open-again", args=[customer.pk, "email"]))
    assert not stands_against(customer)
    bounce(customer, 0)
    assert not stands_against(customer), "one more is not three"
    page = admin_client.get(
        reverse("admin:profiles_customer_change", args=[customer.pk])
    ).content.decode()
    assert "turned mail away" not in page


def test_what_a_complaint_closed_stays_closed(customer, admin_client):
    suppression.suppress(EMAIL, customer.email, "complaint: marked as spam")
    admin_client.post(reverse("open-again", args=[customer.pk, "email"]))
    assert Suppression.objects.count() == 1
