"""Segments kept: versions, joins and leaves, the command, and every way a rule can be
bad.
"""

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from profiles import history, segments
from profiles.models import Segment, SegmentMembership
from profiles.portraits.store import ScoreRow, write_scores
from profiles.signals import segment_changed
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput
from tests.factories import make_customer, make_event, make_item, make_portrait


@pytest.mark.django_db(transaction=True)
class TestKept:
    RULE = {"is": "event_count", "type": "purchase", "at_least": 1, "within_days": 30}

    def test_joins_and_leaves_are_kept_and_announced(self) -> None:
        stays, comes, goes = make_customer(), make_customer(), make_customer()
        for customer in (stays, goes):
            make_event(customer, at=now() - timedelta(days=20))
        history.refresh()
        segment = segments.save("recent", self.RULE)
        assert segments.refresh(segment).n == 2
        make_event(stays)
        make_event(comes)
        history.refresh()
        heard = []
        segment_changed.connect(
            lambda sender, joined, left, **_: heard.append((joined, left)), weak=False
        )
        later = now() + timedelta(days=15)
        found = segments.refresh(segment, later)
        assert (found.n, found.joined, found.left) == (2, (comes.pk,), (goes.pk,))
        assert heard == [((comes.pk,), (goes.pk,))]
        assert segments.refresh(segment, later).joined == ()
        assert segment.n_members == 2
        stays_of = SegmentMembership.objects.filter(left_at=None).values_list(
            "customer", flat=True
        )
        assert set(stays_of) == {stays.pk, comes.pk}

    def test_another_wording_is_another_version(self) -> None:
        first = segments.save("recent", self.RULE, title="Recent buyers")
        assert segments.save("recent", self.RULE).version == 1
        second = segments.save("recent", {**self.RULE, "at_least": 2})
        assert (second.version, second.title) == (2, "Recent buyers")
        assert list(
            first.versions.order_by("number").values_list("rule__at_least", flat=True)
        ) == [1, 2]

    def test_a_segment_of_a_segment_follows_its_change(self) -> None:
        make_event(make_customer())
        history.refresh()
        segments.save("buyers", self.RULE)
        rule = {"none": [{"is": "in_segment", "name": "buyers"}]}
        assert len(segments.members(rule)) == 0
        segments.save("buyers", {**self.RULE, "at_least": 2})
        assert len(segments.members(rule)) == 1

    def test_scores_are_those_of_the_moment(self) -> None:
        rises, falls = make_customer(), make_customer()
        days = [now() - timedelta(days=n) for n in (30, 20, 10)]
        for as_of, values in zip(
            days, ((0.1, 0.9), (0.6, 0.6), (0.9, 0.1)), strict=True
        ):
            rows = [
                ScoreRow(one.pk, value, [])
                for one, value in zip((rises, falls), values, strict=True)
            ]
            write_scores("purchase", 30, rows, model="m", as_of=as_of)
        history.refresh()
        rule = {"is": "score", "kind": "purchase", "at_least": 0.5}
        likely = [
            segments.members(rule, as_of=day + timedelta(days=1)).tolist()
            for day in days
        ]
        assert likely == [[falls.pk], [rises.pk, falls.pk], [rises.pk]]
        assert segments.members(rule).tolist() == [rises.pk]
        assert len(segments.members(rule, days[0] - timedelta(days=1))) == 0

    def test_a_rule_that_can_not_be_read_any_more_stops_nobody_else(self) -> None:
        make_event(make_customer())
        history.refresh()
        segments.save("buyers", self.RULE)
        segments.save("a-buyers", {"is": "in_segment", "name": "buyers"})
        segments.save("others", {"none": [self.RULE]})
        Segment.objects.filter(name="buyers").update(rule={"is": "gone"})
        assert segments.refresh_all() == 3
        assert Segment.objects.get(name="others").n_members == 0
        assert Segment.objects.get(name="a-buyers").refreshed_at is None

    def test_a_trait_handed_in_from_elsewhere_is_one_too(self) -> None:
        grouped, other = make_customer(), make_customer(traits={"group": "Weekenders"})
        make_portrait(grouped, group="Weekenders")
        history.refresh()
        rule = {"is": "trait", "key": "group", "equals": "Weekenders"}
        assert set(segments.members(rule)) == {grouped.pk, other.pk}

    @pytest.mark.parametrize(
        ("today", "n", "expected"),
        [
            ("2023-12-30", 0, []),
            ("2023-12-30", 3, ["0101"]),
            ("2023-02-28", 0, ["0229"]),
            ("2024-02-28", 0, []),
            ("2024-02-28", 1, ["0229"]),
            ("2023-06-15", 365, ["0101", "0229", "0615"]),
            ("2023-06-15", 0, ["0615"]),
        ],
    )
    def test_birthdays(self, today: str, n: int, expected: list[str]) -> None:
        for day in ("1980-01-01", "1980-02-29", "1980-06-15"):
            make_customer(
                external_id=day[5:].replace("-", ""), birth_date=day, signed_up_at=None
            )
        history.refresh()
        rule = {"is": "anniversary", "of": "birth_date", "within_days": n}
        moment = datetime.fromisoformat(f"{today}T12:00:00+00:00")
        assert list(segments.select(rule, moment).customer_ids) == expected

    def test_the_command(self, tmp_path: Path, capsys) -> None:
        for name in ("c10", "c9", "ä"):
            make_event(
                make_customer(external_id=name),
                item_id=make_item(category="SHOES").external_id,
            )
        make_customer(external_id="idle")
        file = tmp_path / "rule.yaml"
        file.write_text(
            '{"name":"shod","rule":{"all":[{"is":"event_count","type":"purchase","at_least":1,"within_days":90,'
            '"item":{"category":"SHOES"}},{"none":[{"is":"trait","key":"region","in":["east"]}]}]}}'
        )
        moment = (now() + timedelta(minutes=1)).isoformat()
        call_command(
            "segment",
            str(file),
            "--as-of",
            moment,
            "--out",
            str(tmp_path / "m.csv"),
            "--json",
        )
        answer = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert set(answer) == {
            "name",
            "version",
            "as_of",
            "known_at",
            "n",
            "hash",
            "words",
        }
        assert (answer["name"], answer["version"], answer["n"]) == ("shod", 1, 3)
        assert answer["hash"] == hashlib.sha256("c10\nc9\nä\n".encode()).hexdigest()
        assert (tmp_path / "m.csv").read_text().split() == [
            "customer_id",
            "c10",
            "c9",
            "ä",
        ]
        call_command("segment", "shod", "--as-of", moment, "--json")
        assert (
            json.loads(capsys.readouterr().out.splitlines()[-1])["hash"]
            == answer["hash"]
        )
        assert Segment.objects.get().name == "shod"


BAD = [
    ([], "the rule must be a mapping"),
    ({}, "has no “is”"),
    ({"is": "luck"}, "there is no predicate 'luck'"),
    ({"all": {}}, "all must be a list"),
    ({"all": [], "any": []}, "must have all alone"),
    (
        {"any": [{"is": "trait", "key": "region"}]},
        r"any\[0\] trait: needs one of equals",
    ),
    ({"is": "event_count"}, "event_count needs the field type"),
    (
        {"is": "event_count", "type": "x", "at_least": 0},
        "at_least must be a whole number from 1 on, not 0",
    ),
    (
        {"is": "event_count", "type": "x", "at_least": 3, "at_most": 1},
        "at_least must not be above at_most",
    ),
    (
        {"is": "event_count", "type": "x", "item": {"price_at_least": "2"}},
        "item price_at_least must be a number",
    ),
    ({"is": "in_segment", "name": "nowhere"}, "there is no segment 'nowhere'"),
    (
        {"is": "event_count", "type": "x", "within_days": float("nan")},
        "within_days must be a number of days above 0",
    ),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("rule", "words"), BAD)
def test_a_bad_rule_is_one_sentence(rule: object, words: str) -> None:
    with pytest.raises(segments.BadRule, match=words) as caught:
        segments.describe(rule)
    assert str(caught.value).count("\n") == 0
    assert str(caught.value).endswith(".")


@pytest.mark.django_db
def test_segments_in_a_circle_are_refused() -> None:
    Segment.objects.create(name="a", rule={"is": "in_segment", "name": "b"})
    Segment.objects.create(name="b", rule={"is": "in_segment", "name": "a"})
    with pytest.raises(segments.BadRule, match="circle"):
        segments.describe({"is": "in_segment", "name": "a"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["{", "- a", "name: x", "name: a b\nrule: {all: []}", "rule: {is: luck}"]
)
def test_a_bad_file_ends_with_2(text: str, tmp_path: Path) -> None:
    file = tmp_path / "rule.yaml"
    file.write_text(text)
    for what in (str(file), str(tmp_path / "none.yaml"), "nobody"):
        with pytest.raises(BadInput) as caught:
            call_command("segment", what)
        assert caught.value.returncode == 2


def test_predicates_are_listed(capsys) -> None:
    call_command("predicates", "--json")
    listed = json.loads(capsys.readouterr().out.splitlines()[-1])["predicates"]
    assert {"event_count", "trait", "consent"} <= set(listed)
    assert listed["event_count"]["fields"][0]["required"]
