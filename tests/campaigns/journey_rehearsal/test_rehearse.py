"""A journey rehearsed before it is published: steps, messages, limits, offers, lots."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaigns.content.model import stored as stored_content
from campaigns.content.parse import read
from campaigns.journey_rehearsal.rehearse import CannotRehearse, rehearse, stored
from campaigns.models import Campaign, CampaignVersion, Message, StoredReport
from profiles.models import Consent, Customer, Event
from tests.factories import make_item

AS_OF = datetime(2024, 4, 10, tzinfo=UTC)
NIGHT = datetime(2024, 4, 1, 23, 30, tzinfo=UTC)  # in UTC, the customers' zone
WORDS = {"channels": ["sms"], "messages": {"sms": {"text": "Your cart"}}}
OFFER = {
    "pool": "Back to the cart",
    "cap": 5,
    "budget": 100,
    "value": {"policy": "fixed", "amount": 4},
}
CART: dict[str, Any] = {
    "name": "Abandoned cart",
    "goal": {"words": "buy", "metrics": ["conversion"], "window_days": 7},
    "trigger": {"kind": "event", "events": ["cart"], "key": "cart_id"},
    "again": "each",
    "holdout": 0.25,
    "salt": "salt of the test",
    "leave": {"goal": ["purchase"]},
    "steps": [
        {"key": "pause", "wait": "1 hour"},
        {"key": "remind", "message": WORDS},
        {"key": "day", "wait": "1 day"},
        {"key": "give", "message": {**WORDS, "offer": OFFER}},
    ],
}


@pytest.fixture
def shoppers(transactional_db, settings, tmp_path):
    """Forty who fill a cart in the night; the first ten buy half an hour later, five
    agreed to nothing.
    """
    settings.HISTORY_DIR = tmp_path / "history"
    make_item()
    people = Customer.objects.bulk_create(
        Customer(external_id=f"r{n}", phone=f"+1555010{n:04}", time_zone="UTC")
        for n in range(40)
    )
    Consent.objects.bulk_create(
        Consent(
            customer=one,
            channel="sms",
            status=Consent.Status.GRANTED,
            at=NIGHT - timedelta(60),
        )
        for one in people[:35]
    )
    Event.objects.bulk_create(
        Event(
            key=uuid.uuid4(),
            customer=one,
            type=kind,
            at=at,
            quantity=1,
            price=10,
            properties={"cart_id": f"k{place}"},
        )
        for place, one in enumerate(people)
        for kind, at in (
            [("cart", NIGHT)]
            + [("purchase", NIGHT + timedelta(minutes=30))] * (place < 10)
        )
    )
    return people


@pytest.fixture
def journey(shoppers):
    def make(**changes: Any) -> Campaign:
        content = read({**CART, **changes})
        campaign = Campaign.objects.create(
            name=content.name, origin=Campaign.Origin.JOURNEY, kind="marketing"
        )
        CampaignVersion.objects.create(
            campaign=campaign,
            number=1,
            content=stored_content(content),
            hash="h",
            salt=content.salt,
            state=CampaignVersion.State.DRAFT,
        )
        return campaign

    return make


def by_key(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in answer["steps"]}


def test_a_draft_is_rehearsed_step_by_step_and_leaves_nothing(journey):
    answer = rehearse(journey(), AS_OF)
    steps = by_key(answer)
    assert answer["entries"] == {
        "entered": 40,
        "refused": {
            "not meant by segment": 0,
            "was in it before": 0,
            "is inside already": 0,
        },
    }
    assert steps["pause"]["left"] == {"goal reached": 10}
    assert steps["remind"]["arrived"] == steps["give"]["passed"] == 30
    assert answer["ended"] == {"goal reached": 10, "end": 30}
    assert answer["inside"] == 0
    held = answer["arms"]["held"]["control group"]["entries"]
    assert held + answer["arms"]["treated"]["entries"] == 40
    told = {"send": steps["remind"]["send"], **steps["remind"]["hold"]}
    assert sum(told.values()) == 30
    assert told["control group"] == steps["remind"]["held"]
    assert told["no consent"] > 0
    assert not Message.objects.exists()


def test_messages_are_counted_on_the_day_on_which_quiet_hours_let_them_go(journey):
    nights = {"start": "21:00", "end": "08:00", "channels": ["sms"]}
    days = rehearse(journey(quiet_hours=nights), AS_OF)["messages"]["days"]
    assert {one["day"].isoformat() for one in days} == {"2024-04-02", "2024-04-03"}
    assert {one["channel"] for one in days} == {"sms"}


def test_a_limit_holds_the_second_message_of_a_week(journey):
    steps = by_key(rehearse(journey(limits={"per_week": 1}), AS_OF))
    assert steps["remind"]["send"] > 0
    assert steps["give"]["send"] == 0
    assert steps["give"]["hold"]["weekly limit reached"] == steps["remind"]["send"]


def test_what_other_campaigns_sent_counts_under_a_limit(journey, shoppers):
    other = Campaign.objects.create(name="Other", kind="marketing")
    Message.objects.bulk_create(
        Message(
            campaign=other,
            customer=one,
            dedupe_key=f"o{one.pk}",
            state=Message.State.SENT,
            channel="sms",
            not_before=NIGHT - timedelta(hours=2),
            sent_at=NIGHT - timedelta(hours=2),
        )
        for one in shoppers
    )
    steps = by_key(rehearse(journey(limits={"per_week": 1}), AS_OF))
    assert steps["remind"]["send"] == 0


def test_offers_are_held_against_what_their_pool_has(journey):
    answer = rehearse(journey(), AS_OF)
    (cost,) = answer["offers"]
    assert cost["coupons"] == by_key(answer)["give"]["send"] > 5
    assert cost["value"] == 4 * cost["coupons"]
    assert not cost["is_within"]


def test_the_smallest_effect_comes_of_those_who_would_have_entered(journey):
    answer = rehearse(journey(), NIGHT + timedelta(days=3))
    (seen,) = answer["smallest"]
    assert seen["metric"] == "conversion"
    assert seen["n_control"] + seen["n_treated"] == 40
    assert seen["mean"] == 0.25
    assert seen["smallest"] > 0


def test_without_a_control_group_no_effect_is_promised(journey):
    assert rehearse(journey(holdout=0), AS_OF)["smallest"] == []


def test_who_is_not_meant_by_the_journeys_segment_does_not_enter(journey, shoppers):
    bought = {"is": "event_count", "type": "cart", "at_least": 1, "within_days": 1}
    segment = {"name": None, "rule": {"all": [bought]}}
    answer = rehearse(journey(segment=segment), AS_OF)
    assert answer["entries"]["entered"] == 0  # their first cart is not before itself
    assert answer["entries"]["refused"]["not meant by segment"] == 40


def test_the_newest_rehearsal_is_kept_for_its_page(journey):
    campaign = journey()
    stored(campaign, AS_OF, 30)
    kept = stored(campaign, AS_OF, 60)
    assert StoredReport.objects.filter(campaign=campaign).count() == 1
    assert kept.result["days"] == 60
    assert kept.result["journey"] == "Abandoned cart"


def test_a_journey_that_nobody_wrote_yet_says_so(db):
    empty = Campaign.objects.create(name="Empty", origin=Campaign.Origin.JOURNEY)
    with pytest.raises(CannotRehearse, match="Empty has no version"):
        rehearse(empty, AS_OF)
