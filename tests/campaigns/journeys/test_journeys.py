"""Customers enter a journey, wait, are asked, written to and leave: each once."""

from datetime import timedelta

import pytest

from campaigns.models import (
    JourneyEnrolment,
    JourneyStep,
    JourneyToken,
    JourneyWait,
    Message,
    Occasion,
)
from retention_site.lib.clock import now
from tests.campaigns.journeys.inside import (
    MAIL,
    diary,
    ends,
    happens,
    make_journey,
    settle,
)
from tests.factories import make_consent
from tests.sending import make_customers

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ORDERED = {"event": "purchase", "at_most": "1 day"}
WELCOME = {
    "trigger": {"kind": "event", "events": ["sign_up"], "sample": {"cart_id": ""}},
    "again": "never",
    "leave": None,
    "steps": [
        {
            "key": "order",
            "wait_until": {
                **ORDERED,
                "then": [{"key": "thank", "message": MAIL}],
                "else": [{"key": "invite", "message": MAIL}],
            },
        }
    ],
}


def states() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("pk").values_list("state", "reason"))


def test_of_two_carts_the_bought_one_leaves_and_the_other_gets_the_mail(
    customer, later
):
    make_journey()
    happens(customer, "cart", cart_id="a")
    happens(customer, "cart", cart_id="b")
    settle()
    assert JourneyToken.objects.count() == 2
    later(HOUR / 2)
    happens(customer, "purchase", cart_id="a")
    settle()
    assert ends(customer) == ["goal reached", ""]
    later(HOUR)
    assert diary(customer) == [("pause", "done"), ("remind", "done")]
    assert ends(customer) == ["goal reached", "end"]
    message = Message.objects.get()
    assert (message.state, message.context["data"]["cart_id"]) == ("queued", "b")
    assert not JourneyToken.objects.exists()
    assert not JourneyWait.objects.exists()


def test_a_goal_calls_back_what_has_not_gone(customer, later):
    make_journey(steps=[{"message": MAIL}, {"wait": "1 hour"}])
    happens(customer, "cart", cart_id="a", ago=HOUR / 2)
    settle()
    happens(customer, "purchase", cart_id="a")
    settle()
    assert states() == [("cancelled", "left the journey")]


def test_an_event_ends_a_wait_and_each_outcome_has_its_way(customer, later):
    make_journey(WELCOME | {"name": "Welcome", "holdout": 0, "global_holdout": False})
    other = make_customers(1, "email")[0]
    for one in (customer, other):
        happens(one, "sign_up")
    settle()
    assert JourneyWait.objects.count() == 2
    later(HOUR)
    happens(customer, "purchase")
    settle()
    assert diary(customer) == [("order", "happened"), ("thank", "done")]
    later(DAY)
    assert diary(other) == [("order", "in vain"), ("invite", "done")]
    assert (ends(customer), ends(other)) == (["end"], ["end"])


@pytest.mark.parametrize(
    ("since", "outcome"), [("entry", "happened"), ("step", "in vain")]
)
def test_what_was_true_before_the_step_counts_if_asked_since_entry(
    customer, later, since, outcome
):
    wait = {"key": "order", "wait_until": {**ORDERED, "since": since}}
    make_journey(leave=None, steps=[{"key": "pause", "wait": "1 hour"}, wait])
    happens(customer, "cart", cart_id="a")
    settle()
    later(HOUR / 2)
    happens(customer, "purchase")
    later(HOUR)
    later(2 * DAY)
    assert diary(customer) == [("pause", "done"), ("order", outcome)]


@pytest.mark.parametrize(
    ("again", "spans", "entered"),
    [
        ("never", [0, 0], 1),
        ("each", [0, 0], 2),
        ("3 days", [0, 1], 1),
        ("3 days", [0, 4], 2),
    ],
)
def test_how_often_somebody_enters(customer, later, again, spans, entered):
    make_journey(again=again)
    for n, days in enumerate(spans):
        later(days * DAY)
        happens(customer, "cart", cart_id=f"c{n}")
        settle()
    assert JourneyEnrolment.objects.count() == entered
    refused = Occasion.objects.filter(state="refused")
    assert refused.count() == len(spans) - entered
    assert all(one.reason for one in refused)


def test_a_control_goes_the_way_without_a_word(customer, later):
    make_journey(holdout=0.9, salt="0")
    others = make_customers(30, "email")
    for one in others:
        happens(one, "cart", cart_id=f"c{one.pk}")
    settle()
    later(2 * HOUR)
    held = JourneyEnrolment.objects.filter(arm="control")
    assert 15 < held.count() < 30
    assert Message.objects.filter(state="held", arm="control").count() == held.count()
    assert Message.objects.filter(state="queued").count() == 30 - held.count()
    assert JourneyStep.objects.count() == 60, "both arms pass the same steps"


def test_a_split_a_test_and_a_trait(customer, later):
    fits = {"all": [{"is": "trait", "key": "asked", "equals": "yes"}]}
    arms = [
        {"name": "short", "steps": [{"key": "s", "wait": "1 hour"}]},
        {"name": "long", "steps": [{"key": "l", "wait": "1 hour"}]},
    ]
    make_journey(
        steps=[
            {"set": {"asked": "yes"}},
            {"split": {"if": fits, "then": [{"test": {"arms": arms}}]}},
            {"end": "all said"},
        ],
    )
    happens(customer, "cart", cart_id="a")
    settle()
    later(2 * HOUR)
    customer.refresh_from_db()
    passed = dict(diary(customer))
    assert customer.traits["asked"] == "yes"
    assert passed["split_1"] == "yes"
    assert {"short": "s", "long": "l"}[passed["test_1"]] in passed
    assert ends(customer) == ["all said"]


def test_whom_a_rule_no_longer_means_leaves_before_the_next_step(customer, later):
    bought = {"all": [{"is": "event_count", "type": "purchase", "at_least": 1}]}
    make_journey(leave={"if": bought})
    happens(customer, "cart", cart_id="a")
    settle()
    happens(customer, "purchase")
    later(HOUR)
    assert ends(customer) == ["left by rule"]
    assert not Message.objects.exists()


def test_whoever_opts_out_leaves(customer, later):
    make_journey()
    happens(customer, "cart", cart_id="a", ago=HOUR / 4)
    settle()
    make_consent(customer, status="withdrawn", at=now())
    later(2 * HOUR)
    assert ends(customer) == ["opted out"]


def test_a_message_that_comes_days_late_is_not_sent(customer, later):
    make_journey(expires_after_hours=24)
    happens(customer, "cart", cart_id="a")
    settle()
    later(5 * DAY)
    assert diary(customer) == [("pause", "done"), ("remind", "too late")]
    assert not Message.objects.exists()


def test_an_error_of_our_own_stops_only_whom_it_is_about(customer, later, monkeypatch):
    from campaigns.journeys.step_kinds import Set

    make_journey(steps=[{"wait": "1 hour"}, {"set": {"a": 1}}])
    other = make_customers(1, "email")[0]
    for one in (customer, other):
        happens(one, "cart", cart_id=f"c{one.pk}")
    settle()

    def fails(self, moves):
        if any(one.customer == customer.pk for one in moves):
            raise ValueError("no such thing")
        for one in moves:
            self.walk.go_on(one)

    with monkeypatch.context() as patched:
        patched.setattr(Set, "arrive", fails)
        later(HOUR)
    assert (ends(customer), ends(other)) == ([""], ["end"])
    assert JourneyToken.objects.get().error == "ValueError: no such thing"
    later(HOUR)
    assert ends(customer) == ["end"]
