"""A journey is read step by step; every mistake is one sentence that names its step."""

import json
from copy import deepcopy
from typing import Any

import pytest

from campaigns.content.journey_graph import graph_of
from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import hash_of, stored
from campaigns.content.parse import read

WORDS = {"subject": "Your cart", "html": "<p>Still there.</p>", "text": "Still there."}
MAIL = {"messages": {"email": WORDS}}
RULE = {"all": [{"is": "trait", "key": "n_orders", "at_least": 1}]}
CART = {
    "name": "Cart",
    "trigger": {"kind": "event", "events": ["cart"], "key": "cart_id"},
    "again": "each",
    "leave": {"goal": "purchase", "same": "cart_id", "if": RULE},
    "steps": [
        {"key": "pause", "wait": "1 hour"},
        {
            "wait_until": {
                "event": "visit",
                "at_most": "1 day",
                "then": [{"message": MAIL}],
                "else": [{"key": "over", "go_to": "ways"}],
            }
        },
        {"split": {"if": RULE, "then": [{"wait": {"weekday": ["monday"]}}]}},
        {
            "key": "ways",
            "test": {
                "arms": [
                    {"name": "short", "weight": 2, "steps": [{"message": MAIL}]},
                    {"name": "none", "steps": [{"set": {"asked": True}}]},
                ]
            },
        },
        {"wait": {"date": "2026-12-24", "at": "08:30"}},
        {"wait": {"date_of": "birth_date", "days_before": 2}},
        {"wait": {"best_hour": True}},
        {"end": "done with it"},
    ],
}


def test_a_journey_is_stored_and_read_again_as_it_was():
    content = read(CART)
    kept = stored(content)
    again = stored(read(json.loads(json.dumps(kept))))
    assert hash_of(again) == hash_of(kept)
    assert content.is_journey
    assert content.again == "each"
    assert content.leave == {"goal": ["purchase"], "same": "cart_id", "if": RULE}


def test_a_campaign_keeps_what_it_kept_before_there_were_journeys():
    campaign = {"name": "One", "segment": {"all": []}, **MAIL}
    assert not {"steps", "again", "leave"} & set(stored(read(campaign)))


def test_every_outcome_leads_forwards_and_branches_join_again():
    graph = graph_of(read(CART).steps)
    ways = {place.key: dict(place.ways) for place in graph.places}
    key_of = {place.number: place.key for place in graph.places}
    assert [place.number for place in graph.places] == list(range(len(graph.places)))
    assert all(
        way is None or way > place.number
        for place in graph.places
        for way in place.ways.values()
    )
    assert key_of[ways["wait_until_1"]["happened"]] == "message_1"
    assert key_of[ways["wait_until_1"]["in vain"]] == "over"
    assert key_of[ways["message_1"]["done"]] == "split_1"
    assert key_of[ways["over"]["done"]] == "ways"
    assert key_of[ways["split_1"]["no"]] == "ways"
    assert key_of[ways["message_2"]["done"]] == key_of[ways["set_1"]["done"]]
    assert ways["end_1"] == {"done": None}


def test_a_message_step_has_the_journeys_channels_and_limits():
    sms = {"messages": {"sms": {"text": "Hello"}}}
    journey = {**CART, "channels": ["sms"], "steps": [{"message": sms}]}
    assert read(journey).steps[0]["message"] == sms


def with_steps(*steps: Any) -> dict[str, Any]:
    return {**CART, "leave": None, "steps": list(steps)}


WAIT = {"event": "visit", "at_most": "1 day"}
REFUSED = [
    ({"steps": []}, "steps: a journey needs at least one step."),
    ({"again": "often"}, "again: 'often' is not a length such as"),
    ({"leave": {"gaol": "x"}}, "leave.gaol: is not a known key; did you mean goal?"),
    ({"messages": MAIL["messages"]}, "steps: messages, offer and arms stand in"),
    ({"trigger": None, "segment": {"all": []}}, "trigger: is missing"),
    ({"trigger": {"kind": "event", "events": ["a"], "delay": "1 day"}}, "trigger.del"),
    ({"trigger": {"kind": "event", "events": ["a"], "key": "customer"}}, "leave.same"),
    (with_steps({}), "steps.1: a step says one of wait,"),
    (with_steps({"wait": "1 day", "end": "x"}), "steps.1.end: a step says one of"),
    (with_steps({"wait": "soon"}), "steps.1.wait: 'soon' is not a length"),
    (with_steps({"wait": {}}), "steps.1.wait: how long, or until when, is missing."),
    (with_steps({"wait": {"date": "x"}}), "steps.1.wait.date: a day such as"),
    (with_steps({"wait": {"at": "25:00"}}), "steps.1.wait.at: a time of day"),
    (
        with_steps({"wait_until": {"event": "visit"}}),
        "steps.1.wait_until.at_most: is missing: a wait without an end never ends.",
    ),
    (with_steps({"wait_until": {"at_most": "1 day"}}), "steps.1.wait_until.event: an"),
    (with_steps({"wait_until": {**WAIT, "since": "x"}}), "steps.1.wait_until.since:"),
    (
        {
            **with_steps({"wait_until": {**WAIT, "same": "cart_id"}}),
            "trigger": {"kind": "event", "events": ["sign_up"]},
        },
        "steps.1.wait_until.same: nobody enters by an object",
    ),
    (with_steps({"split": {"then": []}}), "steps.1.split.if: a rule"),
    (
        with_steps({"split": {"if": RULE, "then": [{"wait": "never"}]}}),
        "steps.1.split.then.1.wait: 'never' is not a length",
    ),
    (with_steps({"test": {"arms": [{"name": "a"}]}}), "steps.1.test.arms: two arms"),
    (with_steps({"message": {"subject": "x"}}), "steps.1.message.subject: a message"),
    (
        with_steps({"message": {"messages": {"email": {"subject": "Only this"}}}}),
        "steps.1.message.messages.email.mjml or html: is missing",
    ),
    (with_steps({"set": {}}), "steps.1.set: a trait and its value are expected."),
    (with_steps({"go_to": "b"}), "steps.1.go_to: there is no step 'b'."),
    (
        with_steps({"key": "a", "wait": "1 day"}, {"go_to": "a"}),
        "steps.2.go_to: 'a' comes before it; a journey only goes forwards.",
    ),
    (
        with_steps({"end": "x"}, {"wait": "1 day"}),
        "steps.2: can't be reached: 'end_1' before it goes elsewhere.",
    ),
    (
        with_steps(
            {"split": {"if": RULE, "then": [{"end": "a"}], "else": [{"end": "b"}]}},
            {"wait": "1 day"},
        ),
        "steps.2: can't be reached; every way ends before.",
    ),
    (
        with_steps({"key": "a", "wait": "1 day"}, {"key": "a", "wait": "1 day"}),
        "steps.2.key: two steps are named 'a'.",
    ),
    (with_steps({"key": "A b", "wait": "1 day"}), "steps.1.key: 'A b' is no name of"),
    (with_steps(*[{"wait": "1 day"}] * 201), "steps.201.key: a journey has at most"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED, ids=[w for _, w in REFUSED])
def test_a_mistake_is_told_at_its_step(change: dict[str, Any], words: str):
    with pytest.raises(BadCampaign) as error:
        read({**deepcopy(CART), **change})
    assert str(error.value).startswith(words)


def test_a_branch_lies_at_most_eight_deep():
    steps: list[Any] = [{"wait": "1 day"}]
    for _ in range(9):
        steps = [{"split": {"if": RULE, "then": steps}}]
    with pytest.raises(BadCampaign, match="branches lie at most 8 deep"):
        read(with_steps(*steps))
