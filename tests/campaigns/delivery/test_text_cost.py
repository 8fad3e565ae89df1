"""What the texts of a run came to."""

from decimal import Decimal

import pytest

from campaigns.delivery import send
from campaigns.delivery.channels import provider_settings
from campaigns.delivery.message_costs import ChannelCost, channel_costs
from campaigns.delivery.sinks import ports
from campaigns.models import Message
from campaigns.proof.reports.run_counts import facts_of
from tests.sending import make_customers, make_send

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("local_sinks", "unhurried"),
]


def test_segments_and_cost_of_what_was_sent():
    url = f"http://127.0.0.1:{ports.read().http}/sms?idempotent=1"
    provider_settings.choose(
        "sms",
        "gateway",
        {"url": url, "price": Decimal("0.075"), "currency": "EUR"},
        by=None,
    )
    customers = make_customers(2, "sms") + make_customers(
        1, "sms", first_name="我" * 71
    )
    run = make_send(channel="sms", customers=customers)
    for customer in customers:
        Message.objects.filter(customer=customer).update(
            context={"customer": {"first_name": customer.first_name}}
        )
    assert channel_costs(run) == [], "nothing was sent yet"
    send.drain("bulk")
    assert channel_costs(run) == [ChannelCost("sms", 3, 4, Decimal("0.300"), "EUR")]
    assert facts_of(run)["texts"] == {
        "sent": 3,
        "segments": 4,
        "cost": 0.3,
        "currency": "EUR",
    }


def test_without_a_price_only_segments_are_known():
    run = make_send(1, "sms")
    send.drain("bulk")
    assert facts_of(run)["texts"] == {
        "sent": 1,
        "segments": 1,
        "cost": None,
        "currency": None,
    }


def test_a_run_without_texts_says_nothing_of_them():
    run = make_send(1, "email")
    send.drain("bulk")
    assert facts_of(run)["texts"] is None
