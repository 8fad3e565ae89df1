"""Steps are added, moved and taken away in a document, whatever state it is in."""

import pytest

from campaigns.content import journey_outline as outline
from campaigns.content.journey_graph import graph_of
from campaigns.content.parse import read

WELCOME = {
    "name": "Welcome",
    "trigger": {"kind": "event", "events": ["cart"]},
    "steps": [
        {"wait": "1 hour"},
        {
            "split": {
                "if": {"all": [{"is": "trait", "key": "city"}]},
                "then": [{"message": {"messages": {"sms": {"text": "Hi"}}}}],
                "else": [],
            }
        },
        {"end": "end"},
    ],
}


def keys(document):
    return [step.get("key") for _place, step in outline.walk(document)]


def test_names_are_those_that_the_reader_gives():
    said = {**WELCOME, "steps": [*WELCOME["steps"]]}
    said["steps"][1]["split"]["then"][0]["message"]["channels"] = ["sms"]
    read_ones = [one.key for one in graph_of(read(said).steps).places]
    assert keys(outline.keyed(said)) == read_ones


def test_step_stands_between_two():
    changed, place = outline.add(WELCOME, "steps.2", "message")
    assert place == "steps.2"
    assert outline.kind_of(changed["steps"][1]) == "message"
    assert keys(changed) == ["wait_1", "message_2", "split_1", "message_1", "end_1"]


def test_first_step_of_an_empty_branch():
    changed, place = outline.add(WELCOME, "steps.2.split.else.1", "wait")
    assert place == "steps.2.split.else.1"
    assert changed["steps"][1]["split"]["else"][0]["wait"] == "1 day"


def test_what_goes_takes_no_other_name_along():
    changed = outline.remove(WELCOME, "steps.1")
    assert keys(changed) == ["split_1", "message_1", "end_1"]


def test_down_out_of_a_branch_and_up_again():
    down, place = outline.move(WELCOME, "steps.2.split.then.1", 1)
    assert place == "steps.3"
    assert down["steps"][1]["split"]["then"] == []
    up, place = outline.move(down, place, -1)
    assert place == "steps.2"
    assert outline.kind_of(up["steps"][1]) == "message"


def test_step_goes_into_a_branch_but_never_into_itself():
    inside, place = outline.move_to(WELCOME, "steps.1", "steps.2.split.else.1")
    assert place == "steps.1.split.else.1"
    assert keys(inside) == ["split_1", "message_1", "wait_1", "end_1"]
    same, place = outline.move_to(WELCOME, "steps.2", "steps.2.split.then.1")
    assert (keys(same), place) == (keys(outline.keyed(WELCOME)), "steps.2")


def test_copy_takes_its_branches_under_names_of_its_own():
    changed, place = outline.copy(WELCOME, "steps.2")
    assert place == "steps.3"
    assert len(set(keys(changed))) == len(keys(changed)) == 6


def test_test_keeps_two_arms():
    tested, place = outline.add(WELCOME, "steps.1", "test")
    three = outline.add_arm(tested, place)
    assert [arm["name"] for arm in three["steps"][0]["test"]["arms"]] == ["A", "B", "C"]
    two = outline.remove_arm(three, place, 3)
    assert outline.remove_arm(two, place, 1) == two


@pytest.mark.parametrize(
    "steps",
    [
        None,
        "x",
        7,
        {"a": 1},
        [None, 3, "wait"],
        [{}],
        [{"split": None}],
        [{"test": {"arms": "x"}}],
        [{"test": {"arms": [None, {"steps": 3}]}}],
        [{"key": [1], "wait": "1 day"}],
        [{"wait": "1 day", "end": ""}],
    ],
)
def test_broken_documents_are_passed_over_and_kept(steps):
    document = {"name": "x", "steps": steps}
    list(outline.walk(document))
    for place in ("steps.1", "steps.1.split.then.1", "steps.9", "steps.x", "", "goal"):
        outline.remove(document, place)
        outline.move(document, place, 1)
        outline.copy(document, place)
        outline.add(document, place, "wait")
        outline.move_to(document, place, "steps.1")
    assert document["steps"] == steps
