"""Words that can't be said to one customer harm no other."""

import pytest

from campaigns.delivery import send
from campaigns.models import Message
from tests.sending import make_customers, make_send, taken

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("local_sinks", "unhurried"),
]


def test_a_template_that_loops_for_ever_is_stopped_and_the_others_get_theirs():
    customers = make_customers(3, "sms")
    text = (
        "{% for i in (1..customer.n) %}{% for j in (1..customer.n) %}.{% endfor %}{%"
        " endfor %}Hello"
    )
    run = make_send(
        channel="sms", customers=customers, messages={"sms": {"text": text}}
    )
    for customer, n in zip(customers, (2, 10**9, 3), strict=True):
        Message.objects.filter(run=run, customer=customer).update(
            context={"customer": {"n": n}}
        )
    send.drain("bulk")
    states = dict(Message.objects.filter(run=run).values_list("customer_id", "state"))
    assert [states[customer.pk] for customer in customers] == ["sent", "failed", "sent"]
    stopped = Message.objects.get(run=run, customer=customers[1])
    assert (
        stopped.reason
        == "could not be written: sms.text: the template loops or grows without end."
    )
    assert [line["body"]["text"] for line in taken("sms")] == [
        "....Hello",
        ".........Hello",
    ]


def test_a_value_that_one_customer_lacks_stops_only_theirs():
    customers = make_customers(2, "sms")
    run = make_send(
        channel="sms",
        customers=customers,
        messages={"sms": {"text": "Dear {{ customer.first_name }}"}},
    )
    Message.objects.filter(run=run, customer=customers[0]).update(
        context={"customer": {}}
    )
    send.drain("bulk")
    failed, sent = (Message.objects.get(run=run, customer=one) for one in customers)
    assert (failed.state, sent.state) == ("failed", "sent")
    assert (
        failed.reason
        == "could not be written: sms.text: customer.first_name is missing and has no"
        " default."
    )
