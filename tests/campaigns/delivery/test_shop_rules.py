"""What holds for all campaigns: the shop's quiet hours, and customers who asked to hear
less often.
"""

from datetime import timedelta

import pytest

from campaigns.content import shop_rules
from campaigns.content.shop_rules import BadRule
from campaigns.delivery import send
from campaigns.delivery.limits import contact_pace
from campaigns.models import ContactLimit, ContactPace, Message, ShopRule
from profiles.models import Customer
from retention_site.lib.clock import now, shop_zone
from tests.sending import make_customers, make_send, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_sinks")]


def around_now() -> dict[str, str]:
    local = now().astimezone(shop_zone())
    start, end = local - timedelta(hours=1), local + timedelta(hours=2)
    return {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}


def test_marketing_waits_for_the_shops_quiet_hours_and_business_does_not():
    shop_rules.change("quiet_hours", {**around_now(), "channels": ["email"]})
    marketing, business = make_send(), make_send(kind="transactional")
    other = make_send(channel="sms")
    send.drain("bulk")
    assert states(marketing) == {"queued": 1}
    waiting = Message.objects.get(run=marketing)
    assert waiting.reason == "quiet hours"
    assert waiting.not_before > now() + timedelta(minutes=90)
    assert (states(business), states(other)) == ({"sent": 1}, {"sent": 1})


def test_the_later_end_of_two_quiet_hours_counts():
    local = now().astimezone(shop_zone())
    own = {
        "start": f"{local - timedelta(hours=1):%H:%M}",
        "end": f"{local + timedelta(minutes=30):%H:%M}",
    }
    shop_rules.change("quiet_hours", {**around_now(), "channels": ["email"]})
    run = make_send(quiet_hours={**own, "channels": ["email"]})
    send.drain("bulk")
    assert Message.objects.get(run=run).not_before > now() + timedelta(minutes=90)


def test_quiet_hours_are_turned_off_again():
    shop_rules.change("quiet_hours", {**around_now(), "channels": ["email"]})
    shop_rules.change("quiet_hours", {})
    run = make_send()
    send.drain("bulk")
    assert states(run) == {"sent": 1}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("quiet_hours", {"start": "21:00", "end": "08:00", "channels": ["pigeon"]}),
        ("quiet_hours", {"start": "21:00", "end": "08:00", "channels": []}),
        ("quiet_hours", {"start": "21:00", "end": "21:00", "channels": ["email"]}),
        ("SHOP_MARGIN", 1.5),
        ("SHOP_MARGIN", float("nan")),
        ("SEND_COSTS", {"email": -1}),
        ("SEND_COSTS", {"pigeon": 1}),
    ],
)
def test_a_rule_that_means_nothing_is_refused(key, value):
    with pytest.raises(BadRule):
        shop_rules.change(key, value)
    assert not ShopRule.objects.exists()


def test_what_the_environment_says_comes_first(settings):
    settings.SHOP_MARGIN, settings.SAID_BY_ENVIRONMENT = 0.4, frozenset()
    assert shop_rules.margin() == 0.4
    shop_rules.change("SHOP_MARGIN", 0.25)
    assert shop_rules.margin() == 0.25
    settings.SAID_BY_ENVIRONMENT = frozenset({"SHOP_MARGIN"})
    assert shop_rules.margin() == 0.4
    with pytest.raises(BadRule, match="environment"):
        shop_rules.change("SHOP_MARGIN", 0.3)


def slow(customer: Customer) -> None:
    contact_pace.state(customer, wants_less=True, source="test")


def test_less_often_halves_the_limits_of_marketing():
    ContactLimit.objects.create(window="week", most=4)
    usual, slower = make_customers(2, "email")
    slow(slower)
    for _time in range(5):
        make_send(customers=[usual, slower])
    business = make_send(customers=[slower], kind="transactional")
    send.drain("bulk")
    sent = Message.objects.filter(state="sent").exclude(run=business)
    assert sent.filter(customer=usual).count() == 4
    assert sent.filter(customer=slower).count() == 2
    assert states(business) == {"sent": 1}


def test_where_nothing_limits_a_week_one_message_a_week_is_left():
    (customer,) = make_customers(1, "email")
    slow(customer)
    runs = [make_send(customers=[customer]) for _time in range(3)]
    send.drain("bulk")
    said = sorted(Message.objects.get(run=run).state for run in runs)
    assert said == ["capped", "capped", "sent"]
    reason = Message.objects.filter(state="capped").first().reason
    assert reason == "the customer asked to hear less often"


def test_the_newest_word_holds_and_is_kept_with_time_and_source():
    (customer,) = make_customers(1, "email")
    slow(customer)
    slow(customer)
    assert ContactPace.objects.count() == 1
    contact_pace.state(customer, wants_less=False, source="preference centre")
    assert not contact_pace.is_slower(customer)
    assert list(ContactPace.objects.order_by("pk").values_list("pace", "source")) == [
        ("less", "test"),
        ("usual", "preference centre"),
    ]


def test_a_word_said_under_one_account_holds_for_the_person():
    one, other = make_customers(2, "email")
    slow(other)
    Customer.objects.filter(pk=other.pk).update(merged_into=one)
    assert contact_pace.slower([one.pk]) == {one.pk}
