"""A trigger looks at when something happened, not at when we learned of it: a backfill starts nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.parse import read
from campaigns.models import Occasion, Trigger
from campaigns.planning.launch import CannotLaunch
from campaigns.triggers import double_opt_in, poll, stock_and_price
from campaigns.triggers.api_call import call
from profiles import history, segments
from profiles.consents import consent_ledger
from profiles.intake.ingest import EventIn, ingest
from profiles.models import Customer, Item, Segment
from retention_site.lib.clock import now
from tests.factories import make_consent, make_customer, make_item
from tests.sending import make_approved_for

from ..conftest import campaign_of

pytestmark = pytest.mark.django_db(transaction=True)
FRESH, OLD = timedelta(hours=3), timedelta(days=2600)


def watched(trigger: dict) -> Trigger:
    """A trigger that is watched for since ever."""
    make_approved_for("x", trigger)
    Trigger.objects.update(since=now() - timedelta(4000))
    return Trigger.objects.get()


def started() -> list[str]:
    return sorted(Occasion.objects.values_list("customer__external_id", flat=True))


@pytest.fixture
def subscribers(db) -> Segment:
    rule = {"all": [{"is": "consent", "channel": "email", "topic": "marketing"}]}
    segment = segments.save("subscribers", rule, title="Subscribers", by=None)
    refresh(segment)
    return segment


def refresh(segment: Segment) -> None:
    history.refresh()
    segments.refresh(segment)
    Trigger.objects.update(looked_at=None)
    poll.look()


def agreed(at, customer_id: str = "") -> Customer:
    customer = (
        make_customer(external_id=customer_id) if customer_id else make_customer()
    )
    make_consent(customer, "email", topic="marketing", at=at)
    return customer


def test_consents_of_2019_welcome_nobody_and_the_fresh_one_among_them_does(subscribers):
    watched({"kind": "segment", "segment": "subscribers", "move": "entered"})
    for n in range(5):
        agreed(now() - OLD, f"old{n}")
    agreed(now() - FRESH, "new")
    refresh(subscribers)
    assert started() == ["new"]


def test_who_went_and_comes_back_enters(subscribers):
    watched({"kind": "segment", "segment": "subscribers", "move": "entered"})
    customer = agreed(now() - OLD, "back")
    refresh(subscribers)
    make_consent(
        customer,
        "email",
        topic="marketing",
        status="withdrawn",
        at=now() - timedelta(minutes=2),
    )
    refresh(subscribers)
    assert started() == []
    make_consent(customer, "email", topic="marketing", at=now() - timedelta(minutes=1))
    refresh(subscribers)
    assert started() == ["back"]


def test_who_left_long_ago_by_what_we_know_now_did_not_leave_today(subscribers):
    old, new = agreed(now() - OLD, "old"), agreed(now() - OLD, "new")
    refresh(subscribers)
    joined = now() - timedelta(90)
    subscribers.memberships.update(joined_at=joined)
    watched({"kind": "segment", "segment": "subscribers", "move": "left"})
    make_consent(
        old, "email", topic="marketing", status="withdrawn", at=now() - timedelta(30)
    )
    make_consent(new, "email", topic="marketing", status="withdrawn", at=now() - FRESH)
    refresh(subscribers)
    assert started() == ["new"]


def test_a_segment_of_purchases_is_entered_by_fresh_ones_only(db):
    rule = {
        "all": [
            {"is": "event_count", "type": "purchase", "at_least": 1, "within_days": 90}
        ]
    }
    segment = segments.save("buyers", rule, title="Buyers", by=None)
    refresh(segment)
    watched({"kind": "segment", "segment": "buyers", "move": "entered"})
    for name, ago in (("old", timedelta(20)), ("new", FRESH)):
        customer = make_customer(external_id=name)
        ingest(
            [
                EventIn(
                    customer.external_id,
                    "purchase",
                    now() - ago,
                    name,
                    price=Decimal(3),
                )
            ],
            source="a file",
        )
    refresh(segment)
    assert started() == ["new"]


@pytest.mark.parametrize(
    ("limit", "who"),
    [("", ["3h", "40h"]), ("1 day", ["3h"]), ("5 weeks", ["30d", "3h", "40h"])],
)
def test_old_events_start_nothing(limit, who):
    trigger = {"kind": "event", "events": ["cart"], "delay": "1 hour"} | (
        {"not_older_than": limit} if limit else {}
    )
    plan = watched(trigger).plan
    Trigger.objects.update(plan={**plan, "expires_after_hours": 9000})
    for name, ago in (
        ("3h", FRESH),
        ("40h", timedelta(hours=40)),
        ("30d", timedelta(30)),
        ("2019", OLD),
    ):
        customer = make_customer(external_id=name)
        ingest(
            [EventIn(customer.external_id, "cart", now() - ago, name)], source="a file"
        )
    poll.look()
    assert started() == who


def test_consents_to_confirm_are_asked_for_while_they_are_fresh():
    plan = watched({"kind": "api"}).plan
    told = {"kind": "pending_consent", "channel": "email"}
    Trigger.objects.update(kind=told["kind"], plan=plan | told)
    for name, ago in (("old", timedelta(5)), ("new", FRESH)):
        customer = make_customer(external_id=name)
        consent_ledger.record_for(
            customer.pk, {("email", "news"): "pending"}, at=now() - ago, source="a file"
        )
    Trigger.objects.update(
        plan=Trigger.objects.get().plan | {"expires_after_hours": 9000}
    )
    double_opt_in.look()
    assert started() == ["new"]


def test_a_shelf_that_nobody_looked_at_for_days_starts_nothing_by_what_changed_meanwhile():
    item, customer = make_item(available=False), make_customer(external_id="waits")
    watched({"kind": "back_in_stock"})
    poll.look()
    ingest(
        [EventIn("waits", "view", now() - FRESH, "v", item_id=item.external_id)],
        source="a shop",
    )
    Trigger.objects.update(looked_at=now() - timedelta(9))
    Item.objects.filter(pk=item.pk).update(available=True)
    stock_and_price.look()
    assert started() == []
    for available in (False, True):
        Item.objects.filter(pk=item.pk).update(available=available)
        stock_and_price.look()
    assert started() == [customer.external_id]


@pytest.mark.parametrize("name", ["at", "occurred_at"])
def test_a_call_about_something_old_is_refused_in_words(name):
    watched({"kind": "webhook", "sample": {"customer_id": "c1", "cart": {"id": "k"}}})
    campaign, customer = Trigger.objects.get().campaign, make_customer()
    with pytest.raises(CannotLaunch, match="longer ago than 2 days"):
        call(
            campaign,
            customer,
            key="a",
            data={name: "2019-05-01T10:00:00Z"},
            trigger="webhook",
        )
    said = call(
        campaign,
        customer,
        key="b",
        data={name: (now() - FRESH).isoformat()},
        trigger="webhook",
    )
    assert said.message is not None


def test_a_trigger_approved_before_there_were_ages_has_the_usual_one():
    trigger = watched({"kind": "event", "events": ["cart"]})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_trigger SET plan = plan - 'not_older_than'")
    for one, ago in (("old", timedelta(3)), ("new", FRESH)):
        customer = make_customer(external_id=one)
        ingest(
            [EventIn(customer.external_id, "cart", now() - ago, one)], source="a file"
        )
    poll.look()
    assert (started(), trigger.plan["not_older_than"]) == (["new"], "2 days")


def test_an_age_that_is_none_is_refused_in_words():
    with pytest.raises(BadCampaign, match="not_older_than"):
        read(
            campaign_of(
                segment=None,
                trigger={"kind": "api", "not_older_than": "soon"},
                schedule=None,
            )
        )
