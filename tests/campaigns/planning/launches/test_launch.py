"""A launch: the audience frozen, one row for each customer with its decision, coupons
inside their limits.
"""

import hashlib
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.content.contact_windows import start_of, zone_of
from campaigns.lifecycle import campaign_state
from campaigns.lifecycle.apply import apply
from campaigns.models import Coupon, CouponPool, Message, Run
from campaigns.planning.decide import CONTROL_GROUP
from campaigns.planning.dry_run import dry_run
from campaigns.planning.jobs import decisions, plan_part
from campaigns.planning.launch import CannotLaunch, job_of, launch, note_failures
from campaigns.planning.reconcile import reconcile
from campaigns.rendering.compose import compose
from campaigns.stats.allocation.assignment import assign
from profiles import jobs
from profiles.models import Customer, Item, Job
from retention_site.lib.clock import now
from tests.factories import make_campaign, make_message, make_run

from ..conftest import OFFER, campaign_of, messages_of, planned, someone, withdraw

pytestmark = pytest.mark.django_db
# the history reads what is committed
with_history = pytest.mark.django_db(transaction=True)
State = Message.State


def rows(run: Run) -> list[tuple]:
    return list(Message.objects.filter(run=run).order_by("pk").values_list())


def reason_for(run: Run, customer: Customer) -> str:
    return messages_of(run)[customer.pk].reason


@with_history
def test_every_customer_of_the_audience_has_one_row_with_its_decision(
    shoppers, launched, make_shopper
):
    unreachable = make_shopper(email="", phone="", device=False)
    silent = make_shopper(agrees=())
    elsewhere = make_shopper(region="west")
    run = launched(holdout=0)
    found = messages_of(run)
    assert (run.state, run.n_audience, len(found)) == (Run.State.SENDING, 62, 62)
    assert elsewhere.pk not in found
    assert reason_for(run, unreachable) == "no address"
    assert reason_for(run, silent) == "no consent"
    assert decisions(run.pk) == {"send": 60, "hold": {"no address": 1, "no consent": 1}}
    assert not reconcile()["differences"]


@with_history
def test_the_hash_is_that_of_the_ids_in_byte_order(shoppers, launched):
    run = launched()
    ids = sorted(customer.external_id.encode() for customer in shoppers)
    assert (
        run.audience_hash
        == hashlib.sha256(b"".join(one + b"\n" for one in ids)).hexdigest()
    )


@with_history
def test_launched_again_with_the_same_key_nothing_changes(shoppers, launched):
    run = launched()
    before, coupons = rows(run), Coupon.objects.count()
    again = launched(run.version)
    assert again == run
    assert (rows(run), Coupon.objects.count(), Run.objects.count()) == (
        before,
        coupons,
        1,
    )


def test_a_part_done_twice_writes_nothing_twice(shoppers, written):
    run = written()
    before = rows(run)
    assert plan_part(run, [customer.pk for customer in shoppers]) == Counter()
    assert rows(run) == before


def test_arms_follow_the_salted_hash_with_their_propensity(shoppers, written):
    run = written(arms=[{"name": "a", "weight": 3}, {"name": "b", "weight": 1}])
    drawn = assign(
        [one.external_id for one in shoppers],
        salt="salt of the test",
        shares=[0.2, 0.6, 0.2],
    )
    names, found = ["control", "a", "b"], messages_of(run)
    for customer, arm, chance in zip(
        shoppers, drawn.arms, drawn.propensities, strict=True
    ):
        message = found[customer.pk]
        assert (message.arm, message.propensity) == (names[arm], pytest.approx(chance))
        assert (message.reason == CONTROL_GROUP) == (message.arm == "control")
    assert len({message.arm for message in found.values()}) == 3


def test_the_held_out_get_no_coupon_no_channel_and_no_words(shoppers, written):
    run = written()
    held = Message.objects.filter(run=run, reason=CONTROL_GROUP)
    assert 0 < held.count() < 60
    for message in held:
        assert (message.state, message.channel, message.offer, message.context) == (
            State.HELD,
            "",
            None,
            {},
        )
    assert Coupon.objects.filter(customer__in=held.values("customer")).count() == 0


def test_each_is_written_to_by_the_channel_they_prefer(make_shopper, written):
    by_sms = make_shopper(traits={"preferred_channel": "sms"})
    by_push = make_shopper(traits={"preferred_channel": "push"})
    no_phone = make_shopper(traits={"preferred_channel": "sms"}, phone="")
    no_preference = make_shopper()
    found = messages_of(written(holdout=0))
    channels = [
        found[one.pk].channel for one in (by_sms, by_push, no_phone, no_preference)
    ]
    assert channels == ["sms", "push", "email", "email"]


def test_the_newest_statement_about_a_topic_counts(make_shopper, written):
    left = make_shopper(agrees=("email",))
    withdraw(left, "email")
    left_the_topic = make_shopper(agrees=("email",))
    withdraw(left_the_topic, "email", topic="offers")
    left_another = make_shopper(agrees=("email",))
    withdraw(left_another, "email", topic="news")
    run = written(holdout=0, topic="offers")
    assert [reason_for(run, one) for one in (left, left_the_topic, left_another)] == [
        "no consent",
        "no consent",
        "",
    ]


def test_a_merged_customers_consents_count_for_the_one_that_remains(
    make_shopper, written
):
    remains = make_shopper(agrees=("email",))
    gone = make_shopper(region="west", agrees=(), merged_into=remains)
    withdraw(gone, "email")
    assert reason_for(written(holdout=0), remains) == "no consent"


def test_who_was_written_to_often_enough_is_left_alone(make_shopper, written):
    often, seldom, last_week = make_shopper(), make_shopper(), make_shopper()
    monday = start_of("week", now().astimezone(zone_of(often.time_zone)))
    before = monday - timedelta(minutes=1)
    for customer, sent_at in (
        (often, monday),
        (often, now()),
        (seldom, now()),
        (last_week, before),
        (last_week, before),
    ):
        make_message(make_run(make_campaign()), customer, State.SENT, sent_at=sent_at)
    run = written(holdout=0, limits={"per_week": 2})
    assert reason_for(run, often) == "weekly limit reached"
    assert [messages_of(run)[one.pk].state for one in (seldom, last_week)] == [
        State.QUEUED,
        State.QUEUED,
    ]


def test_a_coupon_belongs_to_its_message(shoppers, written):
    run = written()
    for message in Message.objects.filter(run=run, state=State.QUEUED):
        coupon = Coupon.objects.get(grant_key=message.dedupe_key)
        assert (message.offer["code"], coupon.customer_id) == (
            coupon.code,
            message.customer_id,
        )
        assert message.context["coupon"]["code"] == coupon.code
    assert (
        CouponPool.objects.get().n_issued
        == Message.objects.filter(run=run, state=State.QUEUED).count()
    )


@pytest.mark.parametrize(("when", "n_sent"), [("hold", 7), ("send", 60)])
def test_when_the_budget_is_used_up(shoppers, written, when, n_sent):
    run = written(holdout=0, offer={**OFFER, "budget": 35, "when_exhausted": when})
    assert (CouponPool.objects.get().n_issued, CouponPool.objects.get().committed) == (
        7,
        Decimal(35),
    )
    assert decisions(run.pk)["send"] == n_sent
    without = Message.objects.filter(run=run, offer__isnull=True)
    assert without.count() == 53
    assert {one.reason for one in without} == (
        {"budget used up"} if when == "hold" else {""}
    )
    assert not reconcile()["differences"]


def test_an_arm_without_the_offer_gets_none(shoppers, written):
    run = written(arms=[{"name": "with"}, {"name": "without", "offer": False}])
    offers = {arm: set() for arm in ("with", "without")}
    for message in Message.objects.filter(run=run, state=State.QUEUED):
        offers[message.arm].add(message.offer is not None)
    assert offers == {"with": {True}, "without": {False}}


def test_the_message_says_why(shoppers, written):
    value = {"policy": "by_price_sensitivity", "smallest": 2, "largest": 10}
    run = written(holdout=0, offer={**OFFER, "value": value})
    message = messages_of(run)[shoppers[0].pk]
    assert (
        message.why
        == "usually comes every 9 days, last seen 41 days ago; $5 off because the usual"
        " basket is 40 and price sensitivity 20 %; by email, first open channel"
    )
    assert message.context["why"] == message.why


def test_words_are_frozen_at_launch(shoppers, written):
    run = written(holdout=0)
    Item.objects.update(title="Something else")
    Customer.objects.update(first_name="Eve")
    message = Message.objects.select_related("run__version").filter(run=run).first()
    rendered = compose([message]).rendered[message.pk]
    assert rendered.subject == "$5 for Mary"
    assert "Oat bread Milk &amp; honey" in rendered.html
    assert f"/u/{message.pk}." in rendered.text


def test_two_packs_of_one_product_are_shown_once(shoppers, written):
    Item.objects.filter(title="Rice").update(title="oat BREAD")
    run = written(holdout=0, recommendations={"mode": "all", "k": 3})
    message = messages_of(run)[shoppers[0].pk]
    assert [one["title"] for one in message.context["recommendations"]] == [
        "Oat bread",
        "Milk & honey",
    ]


def test_one_message_that_can_not_be_said_harms_no_other(shoppers, written):
    run = written(holdout=0)
    first, second = Message.objects.select_related("run__version").filter(run=run)[:2]
    first.channel = "pigeon"
    composed = compose([first, second])
    assert list(composed.failed) == [first.pk]
    assert list(composed.rendered) == [second.pk]


@with_history
def test_an_empty_audience_ends_well(launched):
    run = launched()
    assert (run.state, run.n_audience) == (Run.State.SENDING, 0)
    assert run.error.startswith("The audience is empty: nobody fitted it at ")


def test_a_paused_campaign_is_not_written(make_approved):
    version = make_approved()
    campaign_state.pause(version.campaign)
    with pytest.raises(CannotLaunch, match="is paused"):
        launch(version, key="k", started_by="a test")


def test_stopped_halfway_every_customer_still_has_a_row(shoppers, make_approved):
    run = launch(make_approved(holdout=0), key="k", started_by="a test")
    Run.objects.filter(pk=run.pk).update(n_audience=60)
    plan_part(run, [one.pk for one in shoppers[:20]])
    assert campaign_state.stop(run.campaign) == 20
    plan_part(run, [one.pk for one in shoppers[20:]])
    assert Counter(Message.objects.filter(run=run).values_list("state", "reason")) == {
        ("cancelled", "stopped"): 60
    }
    assert Coupon.objects.count() == 20


@with_history
def test_a_launch_that_failed_is_shown_and_taken_up_again(
    shoppers, make_approved, monkeypatch
):
    run = launch(make_approved(), key="k", started_by="a test")
    with monkeypatch.context() as broken:
        broken.setattr("campaigns.planning.jobs.audience.choose", lambda *_: 1 / 0)
        jobs.work("a test", only=job_of(run))
    assert note_failures() == 1
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert "division by zero" in run.error
    assert (
        planned(launch(run.version, key="k", started_by="a test")).state
        == Run.State.SENDING
    )
    assert Message.objects.filter(run=run).count() == 60


@with_history
def test_a_dry_run_says_what_would_happen_and_leaves_nothing(shoppers, make_approved):
    said = dry_run(make_approved(), now())
    assert (
        said["audience"]["n"]
        == said["decisions"]["send"] + sum(said["decisions"]["hold"].values())
        == 60
    )
    assert said["channels"] == {"email": said["decisions"]["send"]}
    assert said["offers"]["issued"] == said["decisions"]["send"]
    assert not Message.objects.exists()
    assert not Run.objects.exists()
    assert not Job.objects.exists()
    assert CouponPool.objects.get().n_issued == 0


def test_many_customers_cost_no_more_queries_than_few(shoppers, make_approved):
    run = launch(make_approved(), key="k", started_by="a test")
    with CaptureQueriesContext(connection) as for_few:
        plan_part(run, [one.pk for one in shoppers[:2]])
    with CaptureQueriesContext(connection) as for_many:
        plan_part(run, [one.pk for one in shoppers[2:]])
    assert len(for_many) <= len(for_few)


def test_what_was_changed_after_the_approval_is_not_sent(make_approved):
    version = make_approved()
    version.content["priority"] = 1
    version.save()
    with pytest.raises(CannotLaunch, match="was changed after it was approved"):
        launch(version, key="k", started_by="a test")


def test_a_campaign_edited_while_it_runs_goes_on_as_it_was_approved(
    written, shoppers, client
):
    run = written()
    client.force_login(
        get_user_model().objects.create(
            username="looks", is_staff=True, is_superuser=True
        )
    )
    apply(campaign_of(priority=7), by=someone())
    page = client.get(
        reverse("admin:campaigns_campaign_change", args=[run.campaign_id])
    ).content.decode()
    assert (
        "This run goes on with version 1, as it was approved; version 2 is for the next"
        " run." in page
    )
