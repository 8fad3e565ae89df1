"""A campaign tried on the history: nothing is stored, nobody is written to, and
everything is said.
"""

import uuid
from datetime import timedelta

import pytest

from campaigns.lifecycle.apply import apply
from campaigns.models import Coupon, CouponPool, Message, Run
from campaigns.planning.audiences.audience_diff import audience_at
from campaigns.rehearsal import CannotRehearse, rehearse, stored
from profiles.models import Event
from retention_site.lib.clock import now, real_now
from tests.campaigns.planning.conftest import OFFER, campaign_of, someone

BUYERS = {
    "all": [{"is": "event_count", "type": "purchase", "at_least": 1, "within_days": 30}]
}


@pytest.fixture
def buyers(transactional_db, shoppers):
    """The first twenty bought ten and forty days ago, ten of them also yesterday."""
    days = [10, 40, 70, 100, 130]
    Event.objects.bulk_create(
        Event(
            key=uuid.uuid4(),
            customer=one,
            type="purchase",
            at=now() - timedelta(days=day),
            order_id=uuid.uuid4().hex,
            quantity=1,
            price=10,
        )
        for place, one in enumerate(shoppers[:20])
        for day in (days if place % 2 else [*days, 1])
    )
    return shoppers[:20]


@pytest.fixture
def version(buyers):
    goal = {"words": "again", "metrics": ["conversion"], "window_days": 30}
    content = campaign_of(
        segment={"name": None, "rule": BUYERS}, goal=goal, global_holdout=False
    )
    return apply(content, by=someone()).version


def test_a_version_may_be_rehearsed_before_anyone_approves_it_and_leaves_nothing(
    version, buyers
):
    answer = rehearse(version.campaign, now())
    assert answer["audience"]["n"] == 20
    assert answer["decisions"]["send"] + sum(answer["decisions"]["hold"].values()) == 20
    assert answer["arms"]["control"] + answer["arms"]["message"] == 20
    assert answer["coupons"]["coupons"] == answer["decisions"]["send"]
    assert answer["coupons"]["value"] == 5 * answer["coupons"]["coupons"]
    assert answer["coupons"]["is_within"]
    assert (
        sum(line["messages"] for line in answer["volume"])
        == answer["decisions"]["send"]
    )
    assert 1 <= len(answer["messages"]) <= 10
    for one in answer["messages"]:
        assert one["text"]
        assert one["why"]
        assert not one["why_not"]
    assert not any(kind.objects.exists() for kind in (Run, Message, Coupon, CouponPool))


def test_a_pool_that_is_too_small_is_said(version):
    content = campaign_of(
        segment={"name": None, "rule": BUYERS},
        offer={**OFFER, "cap": 3, "when_exhausted": "hold"},
        holdout=0.0,
        global_holdout=False,
    )
    apply(content, by=someone())
    answer = rehearse(version.campaign, now())
    assert answer["coupons"]["coupons"] == 3
    assert answer["decisions"]["send"] == 3
    assert sum(answer["decisions"]["hold"].values()) == 17


def test_the_forecast_is_what_the_same_rule_saw_before_and_what_happened_stands_beside_it(
    version,
):
    past = now() - timedelta(days=31)
    found = rehearse(version.campaign, past)["forecast"]
    assert found["windows"]
    assert all(one["converted"] == one["n"] == 20 for one in found["windows"])
    assert found["low"] <= found["expected"] == 20 == found["actual"]


def test_who_hears_from_another_campaign_is_said(version, make_approved):
    other = make_approved(
        name="Other", offer=None, segment={"name": None, "rule": BUYERS}
    )
    (found,) = rehearse(version.campaign, now())["overlaps"]
    assert (found["name"], found["customers"], found["how"]) == (
        other.campaign.name,
        20,
        "rule",
    )


def test_the_audience_of_a_past_day_stays_the_same_whatever_is_learned_later(
    version, shoppers
):
    then, known = now() - timedelta(days=5), real_now()
    first = audience_at(version.campaign, then, known_at=known)
    Event.objects.create(
        key=uuid.uuid4(),
        customer=shoppers[30],
        type="purchase",
        at=then - timedelta(days=1),
        order_id="late",
        quantity=1,
        price=1,
    )
    assert audience_at(version.campaign, then, known_at=known) == first
    assert audience_at(version.campaign, then)["n"] == 21
    long_ago = now() - timedelta(days=400)
    assert (
        audience_at(version.campaign, then, known_at=known, against=long_ago)["joined"]
        == first["n"]
        == 20
    )


def test_what_a_trigger_starts_has_no_audience_to_rehearse(
    transactional_db, make_approved
):
    version = make_approved(segment=None, trigger={"kind": "webhook"}, offer=None)
    with pytest.raises(CannotRehearse, match="trigger"):
        rehearse(version.campaign, now())


def test_the_newest_rehearsal_is_kept_for_its_page(version):
    kept = stored(version.campaign, now())
    assert stored(version.campaign, now()).pk == kept.pk
    assert kept.result["audience"]["n"] == 20
