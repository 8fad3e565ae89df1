"""A trigger writes one message for one customer, at once, and once for each key."""

import json
import subprocess
import sys
from typing import Any

import pytest

from campaigns.lifecycle import campaign_state
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import approve
from campaigns.models import Campaign, Coupon, Message, Run
from campaigns.planning.launch import CannotLaunch, launch
from campaigns.planning.reconcile import reconcile
from campaigns.rendering.compose import compose
from campaigns.triggers.triggered_launch import launch_for, standing
from profiles.models import Customer

from ..conftest import campaign_of, someone

THANKS = {
    "name": "Thanks",
    "kind": "transactional",
    "segment": None,
    "holdout": None,
    "trigger": {"kind": "webhook", "sample": {"order_id": "o0"}},
    "messages": {
        "email": {
            "subject": "Order {{ data.order_id }}",
            "html": "<p>Thanks</p>",
            "text": "Thanks",
        }
    },
    "channels": ["email"],
    "offer": None,
}


@pytest.fixture
def thanks(make_approved):
    return make_approved(**THANKS).campaign


def started(campaign: Campaign, customer: Customer, **call: Any) -> Message:
    return Message.objects.get(
        pk=launch_for(standing(campaign, started_by="a test"), customer, **call)
    )


def test_one_message_with_what_the_caller_said(thanks, make_shopper):
    customer = make_shopper(agrees=())
    message = started(thanks, customer, key="k1", data={"order_id": "o7"})
    assert (message.lane, message.state, message.customer) == (
        "triggered",
        "queued",
        customer,
    )
    said = Message.objects.select_related("run__version").get(pk=message.pk)
    assert compose([said]).rendered[message.pk].subject == "Order o7"


def test_the_same_key_gives_the_same_message(thanks, make_shopper):
    customer = make_shopper()
    first = started(thanks, customer, key="k1", data={"order_id": "o7"})
    again = started(thanks, customer, key="k1", data={"order_id": "o8"})
    another = started(thanks, customer, key="k2", data={"order_id": "o8"})
    assert (again, again == another, Message.objects.count()) == (first, False, 2)


def test_whoever_can_not_be_reached_has_a_row_that_says_why(thanks, make_shopper):
    message = started(thanks, make_shopper(email=""), key="k", data={"order_id": "o"})
    assert (message.state, message.reason) == ("held", "no address")


def test_all_messages_of_a_version_are_one_run_until_the_next_is_approved(
    thanks, make_shopper
):
    first, second = make_shopper(), make_shopper()
    old = started(thanks, first, key="k1", data={"order_id": "o"}).run
    assert started(thanks, second, key="k2", data={"order_id": "o"}).run == old
    assert (old.state, old.n_audience) == (Run.State.SENDING, None)
    changed = apply(campaign_of(**{**THANKS, "priority": 5}), by=someone()).version
    approve(changed, by=someone())
    old.refresh_from_db()
    assert (old.n_audience, len(old.audience_hash)) == (2, 64)
    new = started(thanks, first, key="k3", data={"order_id": "o"}).run
    assert (new.version, new == old) == (changed, False)
    assert not reconcile()["differences"]


@pytest.mark.parametrize(
    ("verb", "said"),
    [(campaign_state.pause, "is paused"), (campaign_state.stop, "is stopped")],
)
def test_a_campaign_that_is_held_back_starts_nothing(thanks, make_shopper, verb, said):
    verb(thanks)
    with pytest.raises(CannotLaunch, match=said):
        started(thanks, make_shopper(), key="k", data={"order_id": "o"})


def test_a_campaign_for_an_audience_is_not_triggered_nor_the_other_way_round(
    thanks, make_approved, make_shopper
):
    with pytest.raises(CannotLaunch, match="has no trigger"):
        started(make_approved().campaign, make_shopper(), key="k", data={})
    with pytest.raises(CannotLaunch, match="started by a trigger"):
        launch(thanks.approved_version, key="k", started_by="a test")


def test_a_triggered_message_is_planned_by_few_statements(
    thanks, make_shopper, django_assert_max_num_queries
):
    customer = make_shopper()
    for n in range(20):  # what was sent before doesn't add to the next one's work
        started(thanks, customer, key=f"k{n}", data={"order_id": "o"})
    with django_assert_max_num_queries(35):
        started(thanks, customer, key="one more", data={"order_id": "o"})


RACER = """
import django, sys
django.setup()
from campaigns.models import Campaign
from campaigns.triggers.triggered_launch import launch_for, standing
from profiles.models import Customer
campaign, customer = Campaign.objects.get(), Customer.objects.get()
print("ready", flush=True)
sys.stdin.readline()
stands = standing(campaign, started_by="a test")
print([launch_for(stands, customer, key=f"cart-{n}", data={"order_id": "o"}) for n in range(10)])
"""


def test_racing_processes_write_one_message_and_one_coupon_for_a_key(
    transactional_db, shop_environment, make_approved, make_shopper
):
    offer = {
        "pool": "Thanks",
        "cap": 100,
        "budget": 100,
        "value": {"policy": "fixed", "amount": 1},
    }
    make_approved(**{**THANKS, "offer": offer, "recommendations": None})
    make_shopper()
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER],
            env=shop_environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]
    assert [one.stdout.readline().strip() for one in racers] == ["ready"] * 4
    for one in racers:
        one.stdin.write("go\n")
        one.stdin.flush()
    answers = {tuple(json.loads(one.communicate(timeout=60)[0])) for one in racers}
    assert len(answers) == 1
    assert (Message.objects.count(), Coupon.objects.count()) == (10, 10)
    assert not reconcile()["differences"]
