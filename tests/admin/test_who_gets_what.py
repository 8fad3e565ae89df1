"""Who would be offered what, why and at what cost, and what was given."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from campaigns.content.model import stored
from campaigns.content.parse import read
from campaigns.lifecycle.offer_outlook import outlook
from campaigns.offers.coupons import Grant, issue
from campaigns.offers.redemption import redeem
from retention_site.lib.clock import now
from tests.factories import (
    make_campaign,
    make_colleague,
    make_coupon_pool,
    make_customer,
    make_portrait,
    make_version,
)

pytestmark = pytest.mark.django_db
POLICY = {"policy": "by_price_sensitivity", "smallest": 5, "largest": 15}


def content_of(name="Spring", arms=(), **offer):
    raw = {
        "name": name,
        "trigger": {"kind": "api", "sample": {}},
        "holdout": 0,
        "channels": ["sms"],
        "messages": {"sms": {"text": "{{ coupon.code }}"}},
        "offer": {"pool": name, "cap": 10, "budget": 100, "currency": "USD",
                  "value": POLICY} | offer,
    }  # fmt: skip
    return read(raw | ({"arms": list(arms)} if arms else {}), currency="USD")


@pytest.fixture
def people():
    """Eight who buy at full price, two who look at it, one of whom nothing is known."""
    for n in range(10):
        sensitivity = 0.4 if n < 2 else 0.0
        customer = make_customer(first_name=f"P{n}")
        make_portrait(customer, price_sensitivity=sensitivity, basket=75.0)
    make_customer(first_name="New")


def test_values_are_counted_with_a_reason_each_and_what_they_cost(people):
    seen = outlook(content_of())
    assert [(one.value, one.n) for one in seen.values] == [
        (Decimal("5.00"), 9),
        (Decimal("15.00"), 2),
    ]
    assert "price sensitivity 100" not in seen.values[1].why
    assert "usual basket is 75" in seen.values[1].why
    assert (seen.n_audience, seen.cost) == (11, Decimal(75))
    assert seen.is_bound  # eleven coupons, a pool of ten
    assert not outlook(content_of(cap=11)).is_bound
    assert outlook(content_of(cap=11, budget=74)).is_bound


def test_held_out_customers_get_nothing(people):
    raw = stored(content_of())
    assert outlook(read(raw | {"holdout": 0.5}, currency="USD")).n_offered <= 6


def test_the_page_shows_the_plan_and_what_was_given(people, signed_in, client):
    campaign = make_campaign("Spring")
    make_version(campaign, content=stored(content_of()))
    address = reverse("campaign-offers", args=[campaign.pk])
    said = signed_in.get(address).content.decode()
    assert "About 11 people would get a coupon" in said
    assert "The pool ends before the audience does" in said
    assert "A rule chooses each value" in said
    pool = make_coupon_pool("Spring", campaign=campaign)
    ann = make_customer(first_name="Ann")
    made = issue(pool, [Grant("a", ann.pk, Decimal(5))], at=now()).coupons["a"]
    redeem(made.code, order_id="o", order_value=Decimal(3), at=now())
    said = signed_in.get(address).content.decode()
    assert "$3.00" in said
    assert "Ann" in said
    page = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
    assert address in signed_in.get(page).content.decode()
    support = make_colleague()
    support.groups.set([Group.objects.get(name="analyst")])
    client.force_login(support)
    assert client.get(address).status_code == 200


def test_arms_of_different_values_are_drawn_by_chance_and_said_so(signed_in):
    arms = [
        {"name": name, "value": {"policy": "fixed", "amount": amount}}
        for name, amount in (("low", 5), ("high", 10))
    ]
    campaign = make_campaign("Spring")
    make_version(campaign, content=stored(content_of(arms=arms)))
    make_customer()
    said = signed_in.get(reverse("campaign-offers", args=[campaign.pk])).content
    assert b"Chance drew the values of 0 customers" in said


def test_a_campaign_without_an_offer_says_so(signed_in):
    campaign = make_campaign("Plain")
    make_version(campaign)
    said = signed_in.get(reverse("campaign-offers", args=[campaign.pk])).content
    assert b"offers nothing" in said
