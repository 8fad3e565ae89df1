"""A colleague gets every message of every path at once, marked as a test."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.content.journey_graph import graph_of
from campaigns.content.model import stored
from campaigns.content.parse import read
from campaigns.delivery.sinks import server
from campaigns.journey_rehearsal.test_run import path_to, send_all
from campaigns.models import Campaign, CampaignVersion, Message, TrialSend
from tests.factories import make_marketer
from tests.sending import taken


def said(words: str) -> dict[str, Any]:
    parts = {
        "subject": words,
        "html": "<p>Hello <a href='{{ unsubscribe_url }}'>x</a></p>",
        "text": "Hello {{ unsubscribe_url }}",
    }
    return {
        "channels": ["email", "sms"],
        "messages": {"email": parts, "sms": {"text": words}},
    }


STEPS: list[dict[str, Any]] = [
    {"key": "hello", "message": said("Welcome")},
    {
        "key": "came",
        "wait_until": {
            "event": "purchase",
            "at_most": "3 days",
            "then": [{"key": "thanks", "message": said("Thank you")}],
            "else": [{"key": "ask", "message": said("Still there?")}],
        },
    },
]


@pytest.fixture
def journey(db):
    content = read(
        {
            "name": "Welcome",
            "trigger": {"kind": "event", "events": ["signed_up"]},
            "steps": STEPS,
        }
    )
    campaign = Campaign.objects.create(name="Welcome", origin=Campaign.Origin.JOURNEY)
    CampaignVersion.objects.create(
        campaign=campaign, number=1, content=stored(content), hash="h", salt="s"
    )
    return campaign


@pytest.fixture
def colleague(db):
    one = make_marketer()
    one.email = "colleague@shop.example"
    one.save(update_fields=["email"])
    return one


def test_every_message_of_every_path_reaches_the_colleague_marked(
    journey, colleague, settings, tmp_path
):
    settings.DATA_DIR = tmp_path
    with server.serving():
        found = send_all(journey, colleague.email, by=colleague)
    assert [(one["step"], one["channel"]) for one in found["messages"]] == [
        ("hello", "email"),
        ("thanks", "email"),
        ("ask", "email"),
    ]
    assert found["messages"][2]["path"] == ["came: in vain"]
    assert TrialSend.objects.filter(by=colleague).count() == 3
    assert not Message.objects.exists()
    letters = [one["raw"] for one in taken("email")]
    assert "Subject: [Test] hello: Welcome" in letters[0]
    assert found["sent"] == len(letters) == 3


def test_an_address_of_a_stranger_gets_nothing(journey, colleague):
    found = send_all(journey, "stranger@elsewhere.example", by=colleague)
    assert found["sent"] == 0
    assert "staff" in found["messages"][0]["sentence"]
    assert not TrialSend.objects.exists()


def test_a_path_names_the_outcomes_that_lead_to_a_step():
    steps = read(
        {"name": "x", "trigger": {"kind": "event", "events": ["a"]}, "steps": STEPS}
    ).steps
    graph = graph_of(steps)
    assert [path_to(graph, n) for n in range(4)] == [
        [],
        [],
        ["came: happened"],
        ["came: in vain"],
    ]
