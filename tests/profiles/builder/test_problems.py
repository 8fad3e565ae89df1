"""Every fault of a rule is named at its row; nothing that is written is lost."""

import pytest

from profiles import segments
from profiles.segments.builder import document, form
from profiles.segments.builder.difference import difference
from profiles.segments.builder.problems import problems
from profiles.segments.rules import MOST_CONDITIONS

BOUGHT = {"is": "event_count", "type": "purchase"}


def nobody(_name: str) -> dict:
    raise LookupError


@pytest.mark.parametrize(
    ("leaf", "field"),
    [
        ({"is": "no such"}, ""),
        ({"is": ["event_count"]}, ""),
        ({}, ""),
        (7, ""),
        ({"is": "event_count"}, "type"),
        ({**BOUGHT, "at_least": "many"}, "at_least"),
        ({**BOUGHT, "at_least": 3, "at_most": 1}, ""),
        ({**BOUGHT, "within_days": -1}, "within_days"),
        ({**BOUGHT, "colour": "red"}, "colour"),
        ({**BOUGHT, "item": {"category": {}}}, "item"),
        ({"is": "in_segment", "name": "gone"}, "name"),
        ({"is": "trait", "key": "region"}, ""),
        ({"all": [], "any": []}, ""),
        ({"all": 5}, ""),
    ],
)
def test_each_fault_is_named_at_its_row(leaf, field) -> None:
    found = problems({"all": [BOUGHT, {"none": [leaf, BOUGHT]}]}, nobody)
    assert [(one.path, one.field) for one in found] == [("1.0", field)]
    assert found[0].words
    assert "all[1]" not in found[0].words  # the row says where it is
    row = form.rows({"all": [BOUGHT, {"none": [leaf, BOUGHT]}]}, found)
    bad = row.rows[1].rows[0]
    said = [*bad.problems, *(one.problem for one in bad.inputs if one.problem)]
    assert said == [found[0].words]


def test_several_faults_are_said_at_once() -> None:
    rule = {"any": [{"is": "event_count"}, BOUGHT, {"is": "score"}]}
    assert [one.path for one in problems(rule, nobody)] == ["0", "2"]


@pytest.mark.parametrize("word", ["all", "any", "none"])
def test_a_rule_of_thousands_of_rows_is_refused_in_a_sentence(word) -> None:
    """It used to end in a RecursionError."""
    long = {word: [BOUGHT] * 10_000}
    assert len(problems(long, nobody)) == 1
    with pytest.raises(segments.BadRule, match=str(MOST_CONDITIONS)):
        segments.describe(long)
    segments.describe({word: [BOUGHT] * MOST_CONDITIONS})


def test_a_rule_that_is_too_deep_is_refused_in_a_sentence() -> None:
    deep = BOUGHT
    for _n in range(5_000):
        deep = {"all": [deep]}
    assert len(problems(deep, nobody)) == 1


def test_what_no_form_can_draw_is_kept_as_it_is_written() -> None:
    odd = [{"is": "of a plug-in", "x": [{}]}, {**BOUGHT, "type": [["purchase"]]}, 5]
    rule = {"all": [BOUGHT, *odd]}
    row = form.rows(rule, problems(rule, nobody))
    assert [one.node for one in row.rows[1:]] == odd
    assert all(one.written and one.problems for one in row.rows[1:])


class TestDocument:
    def test_yaml_and_rows_are_one_document(self) -> None:
        rule = {"any": [BOUGHT, {"is": "trait", "key": "region", "in": ["001", "no"]}]}
        told = document.Document("Käufer: 李", rule)
        assert document.from_yaml(told.as_yaml("buyers")) == told

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "- 1",
            "title: x",
            "rule: 5",
            "rule: {all: [",
            "title: 5\nrule: {all: []}",
            "rule: {all: []}\nsql: drop",
            "a: &a [x]\nrule: {all: [*a]}",
            "rule: !!python/object:os.system {}",
            "rule: " + "[" * 3000,
            f"title: {'x' * 300}\nrule: {{all: []}}",
            "rule: {all: []}\n" + "#" * 300_000,
            "rule: {at: 2024-02-30}",
        ],
    )
    def test_garbage_is_refused_in_a_sentence(self, text) -> None:
        with pytest.raises(segments.BadRule):
            document.from_yaml(text)

    @pytest.mark.parametrize(
        "text", ["", "[", "[]", "{}", '{"rule": 5}', '{"rule": {"a": NaN}}', "[" * 9999]
    )
    def test_garbage_of_a_page_too(self, text) -> None:
        with pytest.raises(segments.BadRule):
            document.from_json(text)


def test_a_difference_is_said_in_words() -> None:
    before = {"all": [BOUGHT, {"none": [{**BOUGHT, "within_days": 30}]}]}
    after = {
        "all": [
            {"none": [{**BOUGHT, "within_days": 60}]},
            BOUGHT,
            {"is": "trait", "key": "region", "in": ["east"]},
        ]
    }
    assert [(one.before, one.after) for one in difference(before, after)] == [
        (
            "bought at least 1 time in the last 30 days",
            "bought at least 1 time in the last 60 days",
        ),
        ("", "region is east"),
    ]
    assert difference(before, before) == []
    gone = {"all": [{"is": "gone"}]}
    assert difference(gone, {"all": []})[0].after == ""
