"""Occasions: noticed once, moved by what comes after, started, cancelled or refused
with a reason.
"""

from datetime import timedelta
from typing import Any

import pytest

from campaigns.delivery import send
from campaigns.delivery.gating import send_rules
from campaigns.delivery.gating.send_rules import Once
from campaigns.inbound.replay import replay
from campaigns.lifecycle import campaign_state
from campaigns.lifecycle.approve import CannotApprove
from campaigns.models import Message, Occasion, Trigger
from campaigns.triggers import event_triggers, start
from campaigns.triggers.api_call import call
from profiles.intake.ingest import EventIn, Recorded
from profiles.models import Customer
from retention_site.lib.clock import now
from tests.factories import make_event
from tests.sending import local_sinks, shop  # noqa: F401

EMAIL = {
    "subject": "Cart",
    "html": "<p>x</p><a href='{{ unsubscribe_url }}'>x</a>",
    "text": "{{ unsubscribe_url }}",
}
HOUR = timedelta(hours=1)
State = Occasion.State


@pytest.fixture
def reminder(make_approved):
    """An approved reminder, in use for a while."""

    def make(**said: Any):
        trigger = {
            "kind": "event",
            "events": ["cart"],
            "key": "cart_id",
            "delay": "1 hour",
            **said,
        }
        plan = {key: value for key, value in trigger.items() if value is not None}
        version = make_approved(
            name="Reminder",
            segment=None,
            holdout=0,
            offer=None,
            recommendations=None,
            channels=["email"],
            trigger=plan,
            messages={"email": EMAIL},
            expires_after_hours=24,
        )
        Trigger.objects.update(since=now() - timedelta(10))
        return version.campaign

    return make


def happened(
    customer, ago: timedelta, cart: str = "c1", kind: str = "cart", **facts: Any
) -> None:
    """An event as it is announced."""
    at = now() - ago
    event = EventIn(
        customer.pk,
        kind,
        at,
        f"{kind}{at}",
        properties={"cart_id": cart} if cart else None,
        **facts,
    )
    event_triggers.announced([Recorded(hash((at, cart)) % 10**9, customer.pk, event)])


def ends() -> list[tuple[str, str]]:
    return list(Occasion.objects.order_by("pk").values_list("state", "reason"))


@pytest.mark.django_db
def test_the_last_thing_put_in_counts_and_all_items_are_told(reminder, make_shopper):
    campaign, customer = reminder(), make_shopper()
    happened(customer, 2 * HOUR, item_id="bread")
    happened(customer, HOUR / 2, item_id="milk")
    happened(customer, HOUR, item_id="late to arrive")
    occasion = Occasion.objects.get(campaign=campaign)
    assert occasion.data["item_ids"] == ["milk", "bread"]
    assert (start.start_due(), occasion.due_at > now()) == (0, True)


@pytest.mark.django_db
def test_one_cart_is_one_message_for_ever(reminder, make_shopper):
    reminder()
    customer = make_shopper()
    happened(customer, 2 * HOUR)
    assert start.start_due() == 1
    before = Occasion.objects.values().get()
    happened(customer, timedelta(minutes=70))
    assert (start.start_due(), Message.objects.count(), ends()) == (
        0,
        1,
        [(State.STARTED, "")],
    )
    assert Occasion.objects.values().get() == before, (
        "what was started says for ever what it was started by"
    )


@pytest.mark.django_db
def test_events_that_name_no_cart_are_one_occasion_of_the_customer(
    reminder, make_shopper
):
    reminder()
    customer = make_shopper()
    for minutes in (90, 80, 70):
        happened(customer, timedelta(minutes=minutes), cart="")
    assert (Occasion.objects.count(), start.start_due()) == (1, 1)
    happened(customer, timedelta(minutes=75), cart="")
    assert Occasion.objects.count() == 1, "it lies before what was started"


@pytest.mark.django_db
def test_what_happened_before_the_approval_or_too_long_ago_starts_nothing(
    reminder, make_shopper
):
    reminder()
    customer = make_shopper()
    happened(customer, timedelta(hours=26))
    Trigger.objects.update(since=now() - HOUR)
    happened(customer, 2 * HOUR, cart="c2")
    assert not Occasion.objects.exists()


@pytest.mark.django_db
def test_a_second_message_waits_for_the_cool_down(reminder, make_shopper):
    reminder(cool_down="2 days")
    one, other = make_shopper(), make_shopper()
    for n in range(3):
        happened(one, 2 * HOUR - n * timedelta(minutes=1), cart=f"c{n}")
    happened(other, 2 * HOUR, cart="c9")
    assert start.start_due() == 4
    assert (
        sorted(ends())
        == [(State.REFUSED, "had one within 2 days")] * 2 + [(State.STARTED, "")] * 2
    )
    Message.objects.update(planned_at=now() - timedelta(3))
    happened(one, HOUR * 2, cart="c5")
    start.start_due()
    assert Message.objects.filter(customer=one).count() == 2


def twins(make_shopper):
    """Two accounts of one mailbox, in two spellings, and somebody else."""
    pair = [make_shopper(), make_shopper()]
    for one, address in zip(
        pair, ("Twin@Post.example", "twin@post.example"), strict=True
    ):
        Customer.objects.filter(pk=one.pk).update(email=address)
    return [*pair, make_shopper()]


@pytest.mark.django_db
@pytest.mark.usefixtures("local_sinks")
def test_two_accounts_of_one_mailbox_due_together_get_one_message(
    reminder, make_shopper
):
    reminder(cool_down="2 days")
    one, other, stranger = twins(make_shopper)
    for n, customer in enumerate((one, other, stranger)):
        happened(customer, 2 * HOUR, cart=f"c{n}")
    assert start.start_due() == 3
    send.drain("triggered")
    said = dict(Message.objects.values_list("customer", "state"))
    assert sorted((said[one.pk], said[other.pk])) == ["capped", "sent"]
    assert said[stranger.pk] == "sent"
    assert "same address" in Message.objects.get(state="capped").reason


@pytest.mark.django_db
@pytest.mark.usefixtures("local_sinks")
def test_another_account_of_the_mailbox_waits_for_the_cool_down_too(
    reminder, make_shopper
):
    reminder(cool_down="2 days")
    one, other, stranger = twins(make_shopper)
    happened(one, 2 * HOUR, cart="c1")
    start.start_due()
    for n, customer in enumerate((other, stranger)):
        happened(customer, 2 * HOUR, cart=f"d{n}")
    start.start_due()
    reason = "another customer of the address had one within 2 days"
    assert ends() == [(State.STARTED, ""), (State.REFUSED, reason), (State.STARTED, "")]
    Message.objects.update(planned_at=now() - timedelta(3))
    happened(other, 2 * HOUR, cart="d9")
    start.start_due()
    assert Message.objects.filter(customer=other).count() == 1


@pytest.mark.django_db
def test_nobody_is_refused_for_an_account_that_got_nothing(reminder, make_shopper):
    reminder(cool_down="2 days")
    one, other, _stranger = twins(make_shopper)
    happened(one, 2 * HOUR, cart="c1")
    start.start_due()
    Message.objects.update(state="held", reason="control group")
    happened(other, 2 * HOUR, cart="c2")
    start.start_due()
    assert ends()[-1] == (State.STARTED, "")


@pytest.mark.django_db
@pytest.mark.usefixtures("local_sinks")
def test_carts_of_two_accounts_are_each_their_own_without_a_cool_down(
    reminder, make_shopper
):
    reminder()
    one, other, _stranger = twins(make_shopper)
    for n, customer in enumerate((one, other)):
        happened(customer, 2 * HOUR, cart=f"c{n}")
    start.start_due()
    send.drain("triggered")
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("trigger", "once"),
    [
        (None, Once.RUN),
        ({"kind": "segment", "cool_down": "52 weeks"}, Once.PLANNING),
        ({"kind": "segment"}, Once.DAY),
        ({"kind": "anniversary"}, Once.DAY),
        ({"kind": "event", "events": ["cart"]}, Once.EACH),
        ({"kind": "api"}, Once.EACH),
    ],
)
def test_how_often_an_address_gets_what_a_trigger_starts(trigger, once):
    rules = send_rules.read({"trigger": trigger})
    assert rules.once is once
    assert send_rules.read({"kind": "transactional"}).place_at_address(now()) is None


@pytest.mark.django_db
def test_paused_waits_stopped_cancels_late_expires(reminder, make_shopper):
    campaign, customer = reminder(), make_shopper()
    happened(customer, 2 * HOUR)
    campaign_state.pause(campaign)
    assert (start.start_due(), ends()) == (0, [(State.WAITING, "")])
    Occasion.objects.update(due_at=now() - timedelta(hours=25))
    campaign_state.resume(campaign)
    assert start.start_due() == 0, "nobody needs it any more"
    start.drop_stale()
    happened(customer, 2 * HOUR, cart="c2")
    campaign_state.stop(campaign)
    start.drop_stale()
    assert ends() == [
        (State.EXPIRED, "too late to be of use"),
        (State.CANCELLED, "the campaign was stopped"),
    ]


@pytest.mark.django_db
def test_what_came_too_late_is_started_when_a_person_says_so(reminder, make_shopper):
    campaign, customer = reminder(), make_shopper()
    happened(customer, 2 * HOUR)
    Occasion.objects.update(due_at=now() - timedelta(hours=25))
    start.drop_stale()
    assert replay(campaign) == {"webhooks": 0, "occasions": 1}
    assert start.start_due() == 1
    assert ends() == [(State.STARTED, "")]


@pytest.mark.django_db
def test_an_error_of_our_own_is_one_occasions_alone(
    reminder, make_shopper, monkeypatch
):
    reminder()
    good, bad = make_shopper(), make_shopper()
    happened(good, 2 * HOUR, cart="c1")
    happened(bad, 2 * HOUR, cart="c2")
    launch = start.launch_many

    def broken(stands, calls, **rest):
        if any(one.customer == bad.pk for one in calls):
            raise ZeroDivisionError
        return launch(stands, calls, **rest)

    monkeypatch.setattr(start, "launch_many", broken)
    assert start.start_due() == 2
    assert ends() == [
        (State.STARTED, ""),
        (State.REFUSED, "our own error, see the log: ZeroDivisionError"),
    ]


@pytest.mark.django_db
def test_a_call_may_wait_and_is_made_once(reminder, make_shopper):
    campaign, customer = reminder(kind="api", events=None, key=None), make_shopper()
    first = call(campaign, customer, key="k", data={"order": 1}, trigger="api")
    assert (first.message, first.words.startswith("waits until")) == (None, True)
    Occasion.objects.update(due_at=now())
    assert (start.start_due(), start.start_due()) == (1, 0)
    again = call(campaign, customer, key="k", data={"order": 2}, trigger="api")
    assert (
        Message.objects.get(pk=again.message).context["data"]["order"],
        Message.objects.count(),
    ) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_events_that_nobody_announced_are_found_once(reminder, make_shopper):
    reminder()
    customer, other = make_shopper(), make_shopper()
    make_event(
        customer,
        "cart",
        now() - 2 * HOUR,
        properties={"cart_id": "c1"},
        item_id="bread",
    )
    make_event(other, "view", now() - 2 * HOUR)
    assert [event_triggers.missed().n, event_triggers.missed().n] == [1, 0]
    assert Occasion.objects.get().data["item_ids"] == ["bread"]
    Trigger.objects.update(watermark=0)
    assert event_triggers.missed().n == 0, "seen twice is noticed once"


@pytest.mark.django_db
def test_a_segment_that_is_not_there_is_named(reminder):
    with pytest.raises(
        CannotApprove, match=r"trigger\.segment: there is no segment named 'nobody'"
    ):
        reminder(kind="segment", segment="nobody", events=None, key=None)
