"""A journey's pages before and after: rehearsed, followed, measured, tried on oneself."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.content.model import stored
from campaigns.content.parse import read
from campaigns.journey_rehearsal.rehearse import stored as rehearsed
from campaigns.models import Campaign, CampaignVersion, SeedAddress
from campaigns.proof.journeys.journey_report import evaluate
from profiles import history
from profiles.models import Job
from retention_site.lib.clock import now
from tests.factories import make_colleague, make_consent, make_customer, make_event

MOST_QUERIES = 40
SMS = {"channels": ["sms"], "messages": {"sms": {"text": "Your cart"}}}


@pytest.fixture
def journey(transactional_db, settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"
    return cart_journey()


def cart_journey() -> Campaign:
    """A draft of a journey, and six customers who would have walked it."""
    content = read(
        {
            "name": "Cart",
            "trigger": {"kind": "event", "events": ["cart"], "key": "cart_id"},
            "again": "each",
            "goal": {"words": "buy", "metrics": ["conversion"], "window_days": 7},
            "holdout": 0.2,
            "steps": [
                {"key": "hour", "wait": "1 hour"},
                {"key": "remind", "message": SMS},
            ],
        }
    )
    campaign = Campaign.objects.create(name="Cart", origin=Campaign.Origin.JOURNEY)
    CampaignVersion.objects.create(
        campaign=campaign, number=1, content=stored(content), hash="h", salt="s"
    )
    for n in range(6):
        customer = make_customer(external_id=f"v{n}", phone=f"+1555010{n}")
        make_consent(customer, "sms")
        at = now() - timedelta(days=3 + n)
        make_event(customer, "cart", at, properties={"cart_id": f"k{n}"})
    history.refresh()
    return campaign


def page(client, journey, name, **asked):
    address = reverse(f"admin:campaigns_journey_{name}", args=[journey.pk])
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address, asked)
    assert answer.status_code == 200
    assert len(seen) <= MOST_QUERIES, "\n".join(q["sql"][:90] for q in seen)
    return answer.content.decode()


def test_each_page_opens_before_anything_was_done(journey, signed_in):
    assert "Not rehearsed yet" in page(signed_in, journey, "rehearse")
    assert "Whom to follow?" in page(signed_in, journey, "follow")
    assert "Not measured yet" in page(signed_in, journey, "report")
    assert "remind" in page(signed_in, journey, "test")


def test_a_rehearsal_is_started_by_a_click_and_shown(journey, signed_in):
    address = reverse("admin:campaigns_journey_rehearse", args=[journey.pk])
    signed_in.post(address, {"day": f"{now():%Y-%m-%d}", "days": "30"})
    job = Job.objects.get(kind="rehearse_journey")
    assert job.params["days"] == 30
    refused = signed_in.post(address, {"day": "soon", "days": "0"}, follow=True)
    assert "Choose a day" in refused.content.decode()
    rehearsed(journey, now(), 30)
    shown = page(signed_in, journey, "rehearse")
    assert 'id="n-entered">6<' in shown
    assert "data-r-chart" in shown


def test_one_customer_is_followed_through_a_draft(journey, signed_in):
    shown = page(signed_in, journey, "follow", customer="v0")
    assert "waited at hour until" in shown
    assert "k0" in shown
    nobody = page(signed_in, journey, "follow", customer="nobody")
    assert "No customer is known by" in nobody


def test_a_report_is_measured_by_a_click_and_shown(journey, signed_in):
    address = reverse("admin:campaigns_journey_report", args=[journey.pk])
    signed_in.post(address)
    assert Job.objects.filter(kind="evaluate_journey").count() == 1
    evaluate(journey)
    assert "Step by step" in page(signed_in, journey, "report")


def test_tests_go_to_listed_addresses_only(journey, signed_in):
    address = reverse("admin:campaigns_journey_test", args=[journey.pk])
    answer = signed_in.post(address, {"to": "+15550199"})
    assert "test recipients" in answer.content.decode()
    SeedAddress.objects.create(channel="sms", address="+15550199")
    answer = signed_in.post(address, {"to": "+15550199"})
    assert "test recipients" not in answer.content.decode()


def test_who_may_see_no_customers_follows_nobody(journey, client):
    client.force_login(make_colleague())
    for name in ("rehearse", "follow", "report", "test"):
        address = reverse(f"admin:campaigns_journey_{name}", args=[journey.pk])
        assert client.get(address).status_code == 403


def test_the_command_says_the_same(journey, capsys):
    def say(*words):
        call_command("journey", *words, "--json")
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    assert say("rehearse", "Cart", "--days", "30")["entries"]["entered"] == 6
    followed = say("follow", "Cart", "v0")
    assert followed["is_rehearsed"]
    assert len(followed["entries"]) == 1
    report = say("report", "Cart")
    assert [one["key"] for one in report["steps"]] == ["hour", "remind"]
    assert report["experiments"] == {}
    assert say("test", "Cart", "--to", "+15550199")["sent"] == 0
    call_command("journey", "follow", "Cart", "v0")
    assert "entered with k0" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no customer 'ghost'"):
        call_command("journey", "follow", "Cart", "ghost")
