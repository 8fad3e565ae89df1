"""The segment builder's pages: drafts kept as one types, versions, numbers, garbage, rights."""

import json
from http import HTTPStatus

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from profiles import history, segments
from profiles.models import Job, Segment, SegmentDraft
from tests import factories as make

BOUGHT = {"is": "event_count", "type": "purchase", "at_least": 2, "within_days": 90}
RULE = {"all": [BOUGHT]}
PARTS = ("size", "reach", "growth", "overlap", "people")


@pytest.fixture
def someone(client, db):
    """Sign in somebody with a role, or with single rights."""

    def sign_in(role: str = "", *codes: str):
        person = make.make_colleague()
        person.groups.set(Group.objects.filter(name=role))
        person.user_permissions.set(Permission.objects.filter(codename__in=codes))
        client.force_login(person)
        return person

    return sign_in


@pytest.fixture
def segment(db) -> Segment:
    return segments.save("buyers", RULE, title="Buyers")


@pytest.fixture
def past(settings, tmp_path, shop):
    settings.HISTORY_DIR = tmp_path / "history"
    history.refresh()
    return shop


def draft(client, which="new", seen="", rule=RULE, title="Buyers", **more):
    told = {"document": json.dumps({"title": title, "rule": rule}), "seen": seen}
    return client.post(reverse("segment-draft", args=[which]), {**told, **more})


def save(client, which="new", rule=RULE, title="Buyers"):
    told = {"document": json.dumps({"title": title, "rule": rule})}
    return client.post(reverse("segment-save", args=[which]), told, follow=True)


class TestWriting:
    def test_a_segment_is_made_and_its_members_are_counted(self, signed_in) -> None:
        page = signed_in.get(reverse("admin:profiles_segment_add"))
        assert "data-builder" in page.content.decode()
        answer = draft(signed_in).json()
        assert answer["sentence"] == "Bought at least 2 times in the last 90 days"
        assert (answer["number"], answer["problems"]) == (2, [])
        assert save(signed_in).status_code == HTTPStatus.OK
        made = Segment.objects.get()
        assert (made.name, made.title, made.rule) == ("buyers", "Buyers", RULE)
        assert made.versions.get().created_by is not None
        assert not SegmentDraft.objects.exists()
        assert Job.objects.get(kind="segments").params == {"segment": made.pk}

    def test_a_title_without_letters_of_an_address_gets_a_name(self, signed_in) -> None:
        for _n in range(2):
            save(signed_in, title="老客户")
        assert list(Segment.objects.values_list("name", flat=True)) == [
            "segment",
            "segment-2",
        ]
        save(signed_in, title="")
        named = Segment.objects.latest("pk")
        assert named.title == "Bought at least 2 times in the last 90 days"

    def test_a_draft_changes_nothing_until_it_is_saved(
        self, signed_in, segment
    ) -> None:
        other = {"all": [{**BOUGHT, "at_least": 5}]}
        answer = draft(signed_in, segment.pk, rule=other).json()
        assert answer["is_changed"]
        segment.refresh_from_db()
        assert (segment.rule, segment.version) == (RULE, 1)
        page = signed_in.get(
            reverse("admin:profiles_segment_change", args=[segment.pk])
        ).content.decode()
        assert "bought at least 5 times in the last 90 days" in page  # what changed
        save(signed_in, segment.pk, rule=other)
        segment.refresh_from_db()
        assert (segment.rule, segment.version, segment.name) == (other, 2, "buyers")

    def test_of_two_windows_the_later_one_is_told_and_nothing_is_lost(
        self, signed_in, segment
    ) -> None:
        first, second = ({"all": [{**BOUGHT, "at_least": n}]} for n in (7, 6))
        assert draft(signed_in, segment.pk, 1, first).json()["number"] == 2
        late = draft(signed_in, segment.pk, 1, second)
        assert late.status_code == HTTPStatus.CONFLICT
        assert "changed the same place" in late.json()["problem"]
        kept = SegmentDraft.objects.get()
        assert (kept.rule, kept.at(late.json()["aside"])["rule"]) == (first, second)
        mine = draft(signed_in, segment.pk, late.json()["number"], second)
        assert mine.status_code == HTTPStatus.OK
        assert SegmentDraft.objects.get().rule == second

    def test_what_two_windows_changed_in_two_places_is_both_kept(
        self, signed_in, segment
    ) -> None:
        first = {"all": [{**BOUGHT, "at_least": 7}]}
        draft(signed_in, segment.pk, 1, first)
        answer = draft(signed_in, segment.pk, 1, title="Often").json()
        assert answer["others"]
        assert (answer["rule"], answer["title"]) == (first, "Often")
        assert 'value="7"' in answer["rows"], "the page draws both"

    def test_what_somebody_saved_meanwhile_is_not_lost_unseen(
        self, signed_in, segment
    ) -> None:
        mine, theirs = ({"all": [{**BOUGHT, "at_least": n}]} for n in (3, 4))
        draft(signed_in, segment.pk, rule=mine)
        segments.save("buyers", theirs)
        said = save(signed_in, segment.pk, rule=mine).content.decode()
        assert "was saved meanwhile" in said
        assert Segment.objects.get().rule == theirs
        save(signed_in, segment.pk, rule=mine)
        assert (Segment.objects.get().rule, Segment.objects.get().version) == (mine, 3)

    def test_two_people_do_not_write_into_one_draft(self, client, someone, segment):
        for n in (1, 2):
            someone("marketer")
            draft(client, segment.pk, rule={"all": [{**BOUGHT, "at_least": n}]})
        drafts = SegmentDraft.objects.filter(segment=segment)
        assert sorted(one.rule["all"][0]["at_least"] for one in drafts) == [1, 2]

    def test_yaml_is_the_same_document(self, signed_in, segment) -> None:
        text = draft(signed_in, segment.pk).json()["yaml"]
        assert text.startswith("name: buyers\ntitle: Buyers\nrule:\n")
        answer = signed_in.post(
            reverse("segment-draft", args=[segment.pk]),
            {"yaml": text.replace("90", "60"), "seen": 1, "rows": "1"},
        ).json()
        assert answer["sentence"] == "Bought at least 2 times in the last 60 days"
        assert 'value="60"' in answer["rows"]
        without_scripts = {"yaml": text.replace("90", "45")}
        signed_in.post(reverse("segment-save", args=[segment.pk]), without_scripts)
        assert Segment.objects.get().rule["all"][0]["within_days"] == 45

    def test_a_rule_that_came_from_a_file_is_written_like_any_other(
        self, signed_in
    ) -> None:
        leaf = segments.save("leaf", {**BOUGHT, "properties": {"store": "north"}})
        page = signed_in.get(reverse("admin:profiles_segment_change", args=[leaf.pk]))
        assert "north" in page.content.decode()
        answer = draft(signed_in, leaf.pk, rule=leaf.rule, title="").json()
        assert not answer["is_changed"]  # drawn in a group, it is the same rule

    def test_discarded_is_as_it_was_saved(self, signed_in, segment) -> None:
        draft(signed_in, segment.pk, rule={"all": []})
        signed_in.post(reverse("segment-discard", args=[segment.pk]))
        assert not SegmentDraft.objects.exists()


class TestUses:
    def test_what_is_used_is_not_deleted(self, signed_in, shop) -> None:
        used = Segment.objects.get(name="regulars")
        address = reverse("admin:profiles_segment_do", args=[used.pk, "delete"])
        signed_in.post(address)
        assert Segment.objects.filter(pk=used.pk).exists()
        page = signed_in.get(
            reverse("admin:profiles_segment_change", args=[used.pk])
        ).content.decode()
        assert "It is used by" in page
        assert str(shop.campaign) in page

    def test_a_segment_that_another_names_is_used(self, signed_in, segment) -> None:
        named = {"none": [{"is": "in_segment", "name": "buyers"}]}
        segments.save("others", {"all": [named]}, title="Others")
        address = reverse("admin:profiles_segment_do", args=[segment.pk, "delete"])
        signed_in.post(address)
        assert Segment.objects.filter(pk=segment.pk).exists()
        Segment.objects.get(name="others").delete()
        signed_in.post(address)
        assert not Segment.objects.exists()

    @pytest.mark.parametrize("how", ["rule", "trigger"])
    def test_a_campaign_that_names_it_inside_uses_it(self, db, segment, how) -> None:
        from profiles.segments.uses import uses_of

        inside = {"all": [{"is": "in_segment", "name": "buyers"}]}
        content = {
            "rule": {"segment": {"name": None, "rule": inside}},
            "trigger": {"trigger": {"kind": "segment", "segment": "buyers"}},
        }[how]
        version = make.make_version(make.make_campaign(), content=content)
        assert [one.words for one in uses_of("buyers")] == [str(version.campaign)]
        assert uses_of("buyer") == []

    def test_a_copy_has_a_name_of_its_own(self, signed_in, segment) -> None:
        address = reverse("admin:profiles_segment_do", args=[segment.pk, "duplicate"])
        signed_in.post(address)
        copy = Segment.objects.latest("pk")
        assert (copy.name, copy.rule) == ("buyers-copy", RULE)
        assert copy.title == "Buyers (copy)"


@pytest.mark.django_db(transaction=True)
class TestNumbers:
    @pytest.mark.parametrize("part", PARTS)
    def test_each_part_answers_for_a_draft_and_for_what_is_saved(
        self, signed_in, past, part
    ) -> None:
        saved = Segment.objects.get(name="regulars")
        draft(signed_in)
        for which in (saved.pk, "new"):
            answer = signed_in.get(reverse(f"segment-{part}", args=[which]))
            assert answer.status_code == HTTPStatus.OK
            assert "–" not in answer.content.decode()

    def test_an_unfinished_rule_has_no_number(self, signed_in, past) -> None:
        draft(signed_in, rule={"all": [{"is": "event_count"}]})
        for part in PARTS:
            answer = signed_in.get(reverse(f"segment-{part}", args=["new"]))
            assert answer.status_code == HTTPStatus.OK

    def test_choices_are_what_the_shop_holds(self, signed_in, past) -> None:
        def of(source: str, **asked: str) -> list[str]:
            address = reverse("segment-choices", args=[source])
            return [
                one["value"] for one in signed_in.get(address, asked).json()["choices"]
            ]

        assert {"purchase", "search"} <= set(of("event_type"))
        assert "Dairy" in of("category")
        assert of("category", q="milk") == ["Dairy > Milk"]
        assert of("trait_value", of="region") == ["east"]
        assert of("trait_value", of="email") == []
        assert "n_orders" in of("trait")
        assert of("segment") == ["regulars"]
        for source in ("brand", "item", "campaign", "coupon_code", "score", "topic"):
            of(source, q="'\"%_")
        nowhere = reverse("segment-choices", args=["nowhere"])
        assert signed_in.get(nowhere).status_code == HTTPStatus.NOT_FOUND

    def test_a_sentence_becomes_conditions(self, signed_in, past) -> None:
        told = {"words": "bought milk twice in the last 30 days and flew"}
        answer = signed_in.post(reverse("segment-say", args=["new"]), told).json()
        item = {"category": "Dairy > Milk"}
        leaf = {**BOUGHT, "within_days": 30, "item": item}
        assert answer == {"rule": {"all": [leaf]}, "unread": ["flew"]}

    def test_why_is_answered_for_a_draft(self, signed_in, past) -> None:
        draft(signed_in)
        address = reverse("segment-why", args=["new", past.customers[0].pk])
        assert "check_circle" in signed_in.get(address).content.decode()


GARBAGE = (
    {"document": "["},
    {"document": "{}"},
    {"document": json.dumps({"title": "x", "rule": [1]})},
    {"document": json.dumps({"title": ["x"], "rule": RULE})},
    {"document": json.dumps({"title": "x" * 999, "rule": RULE})},
    {
        "document": '{"title": "x", "rule": {"all": [{"is": "trait", "key": "a\\u0000"}]}}'
    },
    {"document": "[" * 100_000},
    {"document": '{"title": "", "rule": ' + '{"all": [' * 3000 + "]}" * 3000 + "}"},
    {"yaml": "a: &a [1]\nrule: {all: [*a]}"},
    {"yaml": "rule: !!python/name:os.system"},
    {"yaml": "\t"},
    {},
)


class TestGarbage:
    @pytest.mark.parametrize("told", GARBAGE)
    def test_what_is_no_document_is_refused_in_a_sentence(
        self, signed_in, segment, told
    ) -> None:
        address = reverse("segment-draft", args=[segment.pk])
        answer = signed_in.post(address, {**told, "seen": 1})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert answer.json()["problem"]
        page = signed_in.post(
            reverse("segment-save", args=[segment.pk]), told, follow=True
        )
        assert page.status_code == HTTPStatus.OK
        segment.refresh_from_db()
        assert (segment.rule, segment.version) == (RULE, 1)

    @pytest.mark.parametrize(
        "node",
        [
            {"is": "no such"},
            {"is": "event_count", "type": 5, "at_least": "x"},
            {"is": {"a": 1}},
            {"all": {}},
            [[]],
            None,
            "x",
            {"is": "in_segment", "name": "buyers"},
            {"is": "trait", "key": "email"},
            {"all": [BOUGHT], "is": "x"},
        ],
    )
    def test_what_is_wrong_in_a_row_is_kept_and_named(
        self, signed_in, segment, node
    ) -> None:
        rule = {"all": [BOUGHT, node]}
        answer = draft(signed_in, segment.pk, rule=rule, rows="1").json()
        assert {one["path"] for one in answer["problems"]} == {"1"}
        assert SegmentDraft.objects.get().rule == rule
        page = reverse("admin:profiles_segment_change", args=[segment.pk])
        assert signed_in.get(page).status_code == HTTPStatus.OK
        save(signed_in, segment.pk, rule=rule)
        segment.refresh_from_db()
        assert segment.version == 1

    def test_ten_thousand_rows_are_refused_in_a_sentence(self, signed_in, segment):
        leaf = {"is": "event_count", "type": "x"}
        answer = draft(signed_in, segment.pk, rule={"any": [leaf] * 10_000})
        assert answer.status_code in (HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY)
        said = answer.json()
        assert said.get("problem") or said["problems"]

    @pytest.mark.parametrize("number", ["", "-1", "x", "9" * 400, "1.5", "²"])
    def test_a_number_that_is_none_breaks_nothing(self, signed_in, segment, number):
        answer = draft(signed_in, segment.pk, number)
        assert answer.status_code in (HTTPStatus.OK, HTTPStatus.CONFLICT)

    @pytest.mark.parametrize("which", ["999999999", "0", "old", "9" * 19])
    def test_a_segment_that_is_not_there_is_not_there(self, signed_in, which) -> None:
        for name in ("draft", "save", "discard", "say"):
            address = f"/admin/profiles/segment/{which}/{name}/"
            assert signed_in.post(address).status_code == HTTPStatus.NOT_FOUND
        for part in PARTS:
            address = f"/admin/profiles/segment/{which}/{part}/"
            assert signed_in.get(address).status_code == HTTPStatus.NOT_FOUND


class TestRights:
    @pytest.mark.parametrize(
        ("role", "writes"),
        [
            ("admin", True),
            ("marketer", True),
            ("approver", False),
            ("analyst", False),
            ("support", False),
        ],
    )
    def test_who_may_write(self, client, someone, segment, role, writes) -> None:
        someone(role)
        page = client.get(reverse("admin:profiles_segment_change", args=[segment.pk]))
        assert page.status_code == HTTPStatus.OK
        assert ("data-builder" in page.content.decode()) is writes
        wanted = HTTPStatus.OK if writes else HTTPStatus.FORBIDDEN
        add = client.get(reverse("admin:profiles_segment_add"))
        assert add.status_code == wanted
        assert draft(client, segment.pk).status_code == wanted
        assert draft(client).status_code == wanted
        assert save(client, segment.pk).status_code == wanted
        for which in (segment.pk, "new"):
            told = client.post(reverse("segment-say", args=[which]), {"words": "x"})
            assert told.status_code == wanted

    def test_adding_and_changing_are_two_rights(self, client, someone, segment) -> None:
        someone("", "view_segment", "add_segment")
        assert draft(client).status_code == HTTPStatus.OK
        assert draft(client, segment.pk).status_code == HTTPStatus.FORBIDDEN
        someone("", "view_segment", "change_segment")
        assert draft(client).status_code == HTTPStatus.FORBIDDEN
        assert draft(client, segment.pk).status_code == HTTPStatus.OK

    def test_deleting_is_a_right_of_its_own(self, client, someone, segment) -> None:
        someone("marketer")
        address = reverse("admin:profiles_segment_do", args=[segment.pk, "delete"])
        assert client.post(address).status_code == HTTPStatus.FORBIDDEN
        assert Segment.objects.exists()

    def test_people_are_for_those_who_may_look_at_customers(
        self, client, someone, segment
    ) -> None:
        someone("", "view_segment", "change_segment")
        answer = client.get(reverse("segment-people", args=[segment.pk]))
        assert answer.status_code == HTTPStatus.FORBIDDEN

    def test_a_count_tells_no_address_to_who_may_not_read_one(
        self, client, someone, segment
    ) -> None:
        """Asking "begins with a", "with ab" … would spell one out."""
        asks = {"is": "trait", "key": "email", "contains": "anna@"}
        knows = {"is": "trait", "key": "email", "is_set": True}
        someone("marketer")
        answer = draft(client, segment.pk, rule={"all": [knows, asks]}).json()
        assert [(one["path"], one["field"]) for one in answer["problems"]] == [
            ("1", "key")
        ]
        size = client.get(reverse("segment-size", args=[segment.pk])).content.decode()
        assert 'id="n-members">–' in size
        save(client, segment.pk, rule={"all": [asks]})
        assert Segment.objects.get().version == 1
        someone("admin")
        assert draft(client, segment.pk, rule={"all": [asks]}).json()["problems"] == []
