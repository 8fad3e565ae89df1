"""Campaign files: what is right is kept exactly, what is wrong is one sentence that
names its key.
"""

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import hash_of, stored
from campaigns.content.parse import read
from campaigns.lifecycle.campaign_files import load, parse

RULE = {
    "all": [{"is": "event_count", "type": "purchase", "at_least": 2, "within_days": 90}]
}
DEMO = Path(__file__).parents[3] / "campaigns" / "demo"


def plain(**changes: Any) -> dict[str, Any]:
    whole = {
        "name": "Welcome",
        "segment": {"name": "new", "rule": RULE},
        "holdout": 0.2,
        "offer": {
            "pool": "w",
            "cap": 10,
            "budget": "50.00",
            "value": {"policy": "fixed", "amount": "5"},
        },
        "messages": {"email": {"subject": "Hi", "html": "<p>Hi</p>", "text": "Hi"}},
    }
    return {**copy.deepcopy(whole), **changes}


def test_reading_what_was_stored_gives_the_same():
    content = stored(read(plain()))
    assert stored(read(content)) == content


def test_defaults_are_written_down():
    content = stored(read(plain(), currency="EUR"))
    assert content["offer"]["currency"] == "EUR"
    assert content["channels"] == ["email"]
    assert content["arms"][0]["name"] == "message"
    assert content["limits"] == {}


def test_marketing_has_a_holdout_unless_told_otherwise():
    without = plain()
    del without["holdout"]
    assert read(without).holdout == 0.1
    assert read({**without, "kind": "transactional"}).holdout == 0


def test_the_hash_does_not_hang_on_the_order_of_keys():
    turned = dict(reversed(plain().items()))
    assert hash_of(stored(read(turned))) == hash_of(stored(read(plain())))


def test_the_hash_tells_every_change():
    hashes = {
        hash_of(stored(read(plain(**change))))
        for change in (
            {},
            {"holdout": 0.3},
            {"topic": "x"},
            {"goal": "more"},
            {"priority": 5},
            {"preferred": "p"},
        )
    }
    assert len(hashes) == 6


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "name: a campaign needs a name"),
        ({"name": None}, "name: is missing."),
        ({"name": "a\0b"}, "name: holds a character"),
        ({"name": date(2024, 1, 2)}, "name: words are expected, not 2024-01-02."),
        ({"holdout": 1}, "holdout: 1 is outside 0 to 0.9."),
        ({"holdout": "many"}, "holdout: a number is expected, not 'many'."),
        ({"holdout": float("nan")}, "holdout: a number is expected"),
        ({"holdout": True}, "holdout: a number is expected"),
        ({"holdot": 0.1}, "holdot: is not a known key; did you mean holdout?"),
        ({"segment": None}, "segment: is missing"),
        ({"segment": []}, "segment: a segment's name or a rule"),
        ({"channels": ["pigeon"]}, "channels: 'pigeon' is not known; it may be email"),
        ({"channels": "email"}, "channels: a list is expected, not 'email'."),
        (
            {"messages": {}},
            "messages.email.subject: is missing; arm 'message' may use email.",
        ),
        (
            {"messages": {"email": {"subjct": "x"}}},
            "messages.email.subjct: is not a known key; did you mean subject?",
        ),
        ({"messages": {"fax": {}}}, "messages.fax: is not a known key"),
        ({"arms": []}, "arms: at least one arm is needed."),
        (
            {"arms": [{"name": "control"}]},
            "arms.1.name: 'control' is the arm that holdout makes",
        ),
        (
            {"arms": [{"name": "a"}, {"name": "a"}]},
            "arms: two arms have the same name.",
        ),
        ({"arms": [{"name": "a", "weight": 0}]}, "arms: the weights add up to 0."),
        (
            {"arms": [{"name": "a", "channels": ["sms"]}]},
            "messages.sms.text: is missing; arm 'a' may use sms.",
        ),
        ({"limits": {"per_year": 1}}, "limits.per_year: is not a known key"),
        ({"limits": {"per_week": 0}}, "limits.per_week: 0 is outside 1 to 1000."),
        (
            {"limits": {"per_week": 1.5}},
            "limits.per_week: a whole number is expected, not 1.5.",
        ),
        (
            {"quiet_hours": {"start": "25:00"}},
            "quiet_hours.start: a time of day such as 21:00 is expected",
        ),
        ({"schedule": {"starts": "soon"}}, "schedule.starts: a local time such as"),
        (
            {"schedule": {"starts": "2024-05-06T09:00+02:00"}},
            "schedule.starts: write the local time without a zone",
        ),
        (
            {"schedule": {"starts": "2024-05-06 09:00", "time_zone": "Mars"}},
            "schedule.time_zone: 'Mars' is not",
        ),
        (
            {"schedule": {"starts": "2024-05-06 09:00", "repeat": "MONDAYS"}},
            "schedule.repeat: 'MONDAYS' is not a rule",
        ),
        (
            {"schedule": {"starts": "2024-05-06 09:00", "repeat": "FREQ=SECONDLY"}},
            "schedule.repeat: a campaign repeats",
        ),
        (
            {"schedule": {"starts": "2024-05-06 09:00"}, "trigger": {}},
            "trigger: a campaign has a schedule or a trigger",
        ),
        (
            {"trigger": {"kind": "moon"}},
            (
                "trigger.kind: 'moon' is not known; it may be webhook, api, event,"
                " segment, anniversary"
            ),
        ),
        ({"offer": {"pool": "w"}}, "offer.value: is missing"),
        (
            {
                "offer": {
                    "pool": "w",
                    "cap": 1,
                    "value": {"policy": "fixed", "amount": 1},
                }
            },
            "offer.budget: is missing.",
        ),
        ({"offer": []}, "offer: keys with values are expected, not []."),
    ],
)
def test_what_is_wrong_names_its_key(change, sentence):
    with pytest.raises(BadCampaign) as caught:
        read(
            {key: value for key, value in plain(**change).items() if value is not None}
        )
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (
            {"policy": "guess"},
            (
                "offer.value.policy: 'guess' is not known; it may be fixed,"
                " by_price_sensitivity, by_rule."
            ),
        ),
        ({"policy": "fixed"}, "offer.value.amount: is missing."),
        (
            {"policy": "fixed", "amount": -1},
            "offer.value.amount: an amount is expected, not -1.",
        ),
        (
            {"policy": "fixed", "amount": "1.005"},
            "offer.value.amount: 1.005 has more than two decimal places.",
        ),
        (
            {"policy": "fixed", "amount": 1, "mount": 2},
            "offer.value.mount: is not a known key; did you mean amount?",
        ),
        (
            {"policy": "by_price_sensitivity", "smallest": 5, "largest": 2},
            "offer.value.policy: smallest is above largest.",
        ),
        (
            {
                "policy": "by_price_sensitivity",
                "smallest": 1,
                "largest": 2,
                "share_at_full": 3,
            },
            "offer.value.share_at_full: 3 is outside 0 to 1.",
        ),
    ],
)
def test_what_is_wrong_with_a_value_policy_names_its_key(value, sentence):
    raw = plain()
    raw["offer"]["value"] = value
    with pytest.raises(BadCampaign) as caught:
        read(raw)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name: [", "The file: is not YAML"),
        ("- a\n- b", "The file: keys with values are expected"),
        ("", "The file: keys with values are expected"),
        ("name: a\nname: b", "name: stands twice (line 2)."),
        (b"name: \xc9\xff", "The file: is not YAML"),
        ("a: !!python/object:os.system {}", "The file: is not YAML"),
        (
            "messages: {email: {html: {file: ../../../settings.py}}}",
            "messages.email.html.file: there is no",
        ),
        (
            "messages: {email: {html: {path: x}}}",
            "messages.email.html: words or `file: NAME` are expected.",
        ),
        (
            "messages: {email: {mjml: '<mj-x/>'}}",
            "messages.email: the MJML can't be read",
        ),
        (
            "messages: {email: {text: \"{% render 'gone' %}\"}}",
            "messages.email: there is no block named 'gone'",
        ),
        ("arms: [{messages: {sms: {text: '{% if %}'}}}]", "arms.1.messages.sms:"),
    ],
)
def test_a_file_that_can_not_be_read_is_one_sentence(text, sentence):
    with pytest.raises(BadCampaign) as caught:
        parse(text)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(
        BadCampaign, match=r"can't be read: No such file or directory\.$"
    ):
        load(tmp_path / "gone.yaml")


def test_templates_beside_the_file_come_into_the_content(tmp_path):
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "sign.txt").write_text("Yours, {{ shop.name }}")
    (tmp_path / "hello.txt").write_text("Hello {% render 'sign.txt', shop: shop %}")
    (tmp_path / "c.yaml").write_text("messages: {sms: {text: {file: hello.txt}}}")
    raw = load(tmp_path / "c.yaml")
    assert raw["messages"]["sms"]["text"] == "Hello {% render 'sign.txt', shop: shop %}"
    assert raw["partials"] == {"sign.txt": "Yours, {{ shop.name }}"}


@pytest.mark.parametrize("name", ["win_back", "thank_you", "weekly"])
def test_the_demos_campaigns_can_be_read(name):
    raw = load(DEMO / f"{name}.yaml")
    if isinstance(raw.get("segment"), str):
        raw["segment"] = {"name": raw["segment"], "rule": RULE}
    content = stored(read(raw))
    assert stored(read(content)) == content
