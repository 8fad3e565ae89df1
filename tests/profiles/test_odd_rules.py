"""Rules as people write them: quotes in names, days without quotes, numbers that are
none, circles.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from profiles import segments
from profiles.models import Customer, Segment
from profiles.segments import rules
from retention_site.lib.commands import BadInput

pytestmark = pytest.mark.django_db
QUOTED = {"is": "trait", "key": 'o\'clock "x"] --', "equals": "it's"}
HAPPENED = {
    "is": "event_count",
    "type": "purchase",
    "properties": {"it's": "o'clock"},
    "item": {"a'b": ["c'd"]},
}


@pytest.fixture
def people() -> None:
    first = {"o'clock x] --": "it's", "likes": ["tea", "x.y"]}
    Customer.objects.create(external_id="a", birth_date=date(1980, 5, 6), traits=first)
    Customer.objects.create(
        external_id="b",
        birth_date=date(1999, 1, 1),
        traits={"likes": ["coffee", "xzy"]},
    )


def who(rule: dict[str, Any]) -> str:
    pks = segments.fitting(
        rule, list(Customer.objects.values_list("pk", flat=True))
    ).tolist()
    return "".join(
        Customer.objects.filter(pk__in=pks)
        .order_by("external_id")
        .values_list("external_id", flat=True)
    )


@pytest.mark.usefixtures("people")
class TestValues:
    def test_quotes_in_names_end_nothing(self) -> None:
        assert who(QUOTED) == "a"
        assert who({"none": [QUOTED]}) == "b"
        assert who(HAPPENED) == ""

    def test_days_may_stand_without_quotes(self) -> None:
        assert (
            who({"is": "trait", "key": "birth_date", "below": date(1990, 1, 1)}) == "a"
        )
        assert (
            who({"is": "trait", "key": "birth_date", "in": [date(1980, 5, 6)]}) == "a"
        )
        segments.save(
            "born", {"is": "trait", "key": "birth_date", "above": date(1990, 1, 1)}
        )
        assert Segment.objects.get().rule["above"] == "1990-01-01"

    def test_any_of_many_words(self) -> None:
        words = [*(f"word {n}" for n in range(3_000)), "x.y"]
        assert who({"is": "trait", "key": "likes", "in": words}) == "a"
        assert who({"is": "trait", "key": "region", "in": words}) == ""


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"equals": "en"}, "abc"),
        ({"equals": "English"}, "abc"),
        ({"in": ["en", "zh-Hant"]}, "abcf"),
        ({"equals": "en-US"}, "b"),
        ({"equals": "en_us"}, "b"),
        ({"in": ["zh"]}, "f"),
        ({"equals": "e"}, ""),
        ({"in": [".*", "(", *(f"x{n}" for n in range(3_000))]}, ""),
    ],
)
def test_a_language_is_spoken_in_its_regions_too(
    asked: dict[str, Any], found: str
) -> None:
    tags = ("en", "en-US", "en-GB", "eng-x", "", "zh-Hant-TW")
    for name, tag in zip("abcdef", tags, strict=True):
        Customer.objects.create(external_id=name, language=tag)
    rule = {"is": "trait", "key": "language", **asked}
    assert who(rule) == found
    others = "".join(sorted(set("abcdef") - set(found)))
    assert who({"none": [rule]}) == others


@pytest.mark.parametrize(
    "leaf",
    [
        {"is": "trait", "key": "birth_date", "below": "soon"},
        {"is": "trait", "key": "signed_up_at", "at_least": 5},
        {"is": "trait", "key": "points", "equals": float("nan")},
        {"is": "trait", "key": "points", "above": 10**400},
        {"is": "trait", "key": "a\0b", "equals": "x"},
        {"is": "trait", "key": "points", "in": ["\ud800"]},
        {"is": "event_count", "type": "purchase", "at_least": 10**30},
        {"is": "event_sum", "type": "purchase", "at_least": float("inf")},
        {"is": "event_count", "type": "purchase", "properties": {"a\0": "x"}},
        {"is": "in_segment", "name": "odd"},
    ],
)
def test_what_no_engine_can_compare_with_is_refused_in_a_sentence(
    leaf: dict[str, Any],
) -> None:
    with pytest.raises(segments.BadRule):
        segments.save("odd", {"all": [leaf]})


def test_a_segment_is_not_saved_when_it_would_close_a_circle() -> None:
    segments.save("inner", {"all": []})
    segments.save("outer", {"is": "in_segment", "name": "inner"})
    with pytest.raises(segments.BadRule, match="circle"):
        segments.save("inner", {"any": [{"is": "in_segment", "name": "outer"}]})
    assert Segment.objects.get(name="inner").rule == {"all": []}


@pytest.mark.parametrize(
    "text",
    [
        "name:\nrule: {all: []}",
        f"name: {'x' * 101}\nrule: {{all: []}}",
        "name: [a]\nrule: {all: []}",
        f"rule: {'[' * 3000}",
        "rule: {is: trait, key: birth_date, below: 2024-02-30}",
        "title: [x]\nrule: {all: []}",
    ],
)
def test_documents_that_are_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(text)
    with pytest.raises(BadInput):
        call_command("segment", str(path))


def test_members_end_their_lines_as_the_hash_does(tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text("name: 2024\nrule: {any: []}\n", encoding="utf-8-sig")
    call_command(
        "segment",
        str(path),
        "--as-of",
        "2024-01-01",
        "--out",
        str(tmp_path / "out.csv"),
    )
    assert (tmp_path / "out.csv").read_bytes() == b"customer_id\n"


def test_a_misspelt_predicate_or_field_is_guessed_at():
    for rule, word in (
        ({"is": "event_cuont"}, "did you mean event_count?"),
        ({"is": "event_count", "typ": "purchase"}, "did you mean type?"),
    ):
        with pytest.raises(segments.BadRule, match=re.escape(word)):
            rules.parse({"all": [rule]})
