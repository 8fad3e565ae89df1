"""Two ids of one mailbox or phone: a run writes once, and a no holds for whoever is
reached there.
"""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection

from campaigns.delivery import send
from campaigns.delivery.channels.provider import Heard, What
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.track import optout, provider_events
from campaigns.models import Message
from campaigns.planning.audiences import candidates
from profiles.models import Consent, Customer
from retention_site.lib.clock import now
from tests.factories import make_consent, make_customer
from tests.sending import make_customers, make_send, states, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_sinks")]


def twins(channel: str = "email") -> list[Customer]:
    """Two customers whom nothing joined, in two spellings of one address."""
    pair = make_customers(2, channel)
    said = {
        "email": ("Twin@straße.example", "twin@straße.example"),
        "sms": ("+4930901820",) * 2,
    }[channel]
    for one, address in zip(pair, said, strict=True):
        Customer.objects.filter(pk=one.pk).update(
            **{"phone" if channel == "sms" else "email": address}
        )
    return list(Customer.objects.filter(pk__in=[one.pk for one in pair]).order_by("pk"))


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_run_writes_once_to_an_address(channel):
    run = make_send(customers=twins(channel), channel=channel)
    send.drain("bulk")
    assert states(run) == {"sent": 1, "capped": 1}
    assert len(taken(channel)) == 1
    assert "same address" in Message.objects.get(state="capped").reason


def test_two_runs_write_each(settings):
    for _ in range(2):
        make_send(customers=twins())
    send.drain("bulk")
    assert len(taken()) == 2


def test_each_account_hears_of_its_own_business():
    run = make_send(customers=twins(), kind="transactional")
    send.drain("bulk")
    assert states(run) == {"sent": 2}


def test_limits_count_the_mailbox():
    one, other = twins()
    first = make_send(customers=[one], limits={"per_week": 1})
    send.drain("bulk")
    second = make_send(customers=[other], limits={"per_week": 1})
    send.drain("bulk")
    assert (states(first), states(second)) == ({"sent": 1}, {"capped": 1})


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_once(settings):
    settings.SEND_BATCH = 1
    runs = [make_send(customers=twins()) for _ in range(6)]

    def work():
        try:
            send.drain("bulk")
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    send.drain("bulk")
    assert [states(run) for run in runs] == [{"sent": 1, "capped": 1}] * 6
    assert len(taken()) == 6


def consents_in_planning(customer: Customer) -> frozenset[str]:
    content = SimpleNamespace(
        topic="offers", limits={}, arms=(), preferred="", is_marketing=True
    )
    (found,), _ids = candidates.load([customer.pk], content, now())
    return found.consents


@pytest.mark.parametrize("topic", ["", "offers"])
def test_an_opt_out_holds_for_the_mailbox(topic):
    one, other = twins()
    optout.state(one, "email", topic, Consent.Status.WITHDRAWN, network="")
    assert "email" not in consents_in_planning(other)
    run = make_send(customers=[other])
    send.drain("bulk")
    assert states(run) == {"suppressed": 1}
    assert (
        Message.objects.get(run=run).reason
        == "consent withdrawn by another customer of this address"
    )
    assert not taken()


def test_who_is_imported_later_with_an_older_yes_is_not_written_to():
    one = make_customer(email="jo@post.example")
    make_consent(one, channel="email", status="withdrawn", at=now() - timedelta(days=1))
    late = make_customer(email="Jo@Post.example")
    make_consent(
        late, channel="email", status="granted", at=now() - timedelta(days=900)
    )
    run = make_send(customers=[late])
    send.drain("bulk")
    assert states(run) == {"suppressed": 1}


def test_a_yes_of_ones_own_after_it_counts_again():
    one, other = twins()
    optout.state(one, "email", "", Consent.Status.WITHDRAWN, network="")
    Consent.objects.filter(customer=one, status="withdrawn").update(
        at=now() - timedelta(days=1)
    )
    Consent.objects.filter(customer=other).update(at=now() - timedelta(hours=1))
    assert "email" in consents_in_planning(other)
    run = make_send(customers=[other])
    send.drain("bulk")
    assert states(run) == {"sent": 1}


def test_somebody_who_only_asks_takes_no_opt_out_back():
    one, other = twins()
    optout.state(one, "email", "", Consent.Status.WITHDRAWN, network="")
    Consent.objects.filter(customer=one, status="withdrawn").update(
        at=now() - timedelta(minutes=5)
    )
    Consent.objects.filter(customer=other).update(at=now() - timedelta(days=5))
    make_consent(
        one, channel="email", status="pending", at=now() - timedelta(minutes=1)
    )
    assert "email" not in consents_in_planning(other)


@pytest.mark.parametrize("what", [What.BOUNCED, What.COMPLAINED])
def test_a_bounce_or_complaint_of_one_ends_the_mailbox(what):
    one, other = twins()
    first = make_send(customers=[one])
    send.drain("bulk")
    message = Message.objects.get(run=first)
    told = Heard(
        what,
        "told-1",
        message=message.pk,
        address="twin@xn--strae-oqa.example",
        is_lasting=True,
    )
    provider_events.take(channel_named("email")(), "smtp", told)
    second = make_send(customers=[other])
    send.drain("bulk")
    assert states(second) == {"suppressed": 1}


def test_a_phone_is_no_mailbox_and_two_addresses_are_two():
    one, other = make_customers(2, "email")
    optout.state(one, "email", "", Consent.Status.WITHDRAWN, network="")
    Customer.objects.filter(pk__in=[one.pk, other.pk]).update(phone="+4930901820")
    assert "email" in consents_in_planning(other)
    run = make_send(customers=[other])
    send.drain("bulk")
    assert states(run) == {"sent": 1}
