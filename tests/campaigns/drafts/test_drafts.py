"""A draft may be incomplete, keeps every state, and loses nothing of two people."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle import archive, drafts
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import CannotApprove, approve, waiting_version
from campaigns.lifecycle.documents import content_of, document_of
from campaigns.lifecycle.draft_problems import look
from campaigns.lifecycle.drafts import DraftConflict, save_draft, start_draft
from campaigns.lifecycle.submit import submit
from campaigns.models import Campaign, CampaignVersion
from campaigns.models.stage import with_stage
from campaigns.planning.launch import CannotLaunch, launch
from retention_site.lib.drafts.merge_documents import merge
from tests import factories as make

from .conftest import EAST, WEST, WORDS, whole


def test_a_draft_begins_with_nothing_and_says_what_it_lacks(ana):
    campaign = start_draft({}, ana)
    assert campaign.name == "New campaign"
    assert {one.place for one in look(campaign.draft.content, campaign).problems} == {
        "segment",
        "messages.email.subject",
    }
    assert (
        with_stage(Campaign.objects.all(), campaign.draft.saved_at).get().stage
        == "draft"
    )


def test_a_name_that_is_taken_is_numbered(ana):
    assert [start_draft(whole(), ana).name for _ in range(3)] == [
        "Come back",
        "Come back 2",
        "Come back 3",
    ]


def test_every_problem_stands_at_its_field(ana):
    looked = look(
        whole(
            holdout=3,
            priority="soon",
            segment="nobodys",
            arms=[{"name": "a", "weight": -1}, {"name": "control"}],
            offer={"pool": "x", "cap": 0, "value": {"policy": "fixed", "amount": "a"}},
            messages={"email": {"subject": "Hello", "template": "none of ours"}},
            schedule={"starts": "tomorrow"},
            colour="green",
        )
    )
    assert {one.place for one in looked.problems} >= {
        "holdout",
        "priority",
        "segment",
        "arms.1.weight",
        "offer.cap",
        "offer.value.amount",
        "messages.email",
        "schedule.starts",
        "colour",
    }
    assert looked.content is not None, "the rest is read, so that the rail can count"


def test_the_same_document_saved_again_is_no_new_state(ana):
    campaign = start_draft(whole(), ana)
    assert save_draft(campaign, whole(), ana).number == 1
    assert save_draft(campaign, whole(holdout=0.3), ana).number == 2


def test_changes_of_two_people_in_two_places_are_both_kept(ana, ben):
    campaign = start_draft(whole(), ana)
    save_draft(campaign, whole(holdout=0.3), ana, seen=1)
    draft = save_draft(campaign, whole(priority=7), ben, seen=1)
    assert (draft.content["holdout"], draft.content["priority"]) == (0.3, 7)


def test_of_two_changes_of_one_place_the_later_is_told_and_kept(ana, ben):
    campaign = start_draft(whole(), ana)
    save_draft(campaign, whole(holdout=0.3), ana, seen=1)
    with pytest.raises(DraftConflict) as told:
        save_draft(campaign, whole(holdout=0.4), ben, seen=1)
    assert told.value.places == ("holdout",)
    assert told.value.aside.content["holdout"] == 0.4
    campaign.draft.refresh_from_db()
    assert campaign.draft.content["holdout"] == 0.3
    mine = drafts.bring_back(campaign, told.value.aside.number, ben)
    assert mine.content["holdout"] == 0.4


def test_undo_walks_back_and_a_new_change_goes_on_from_there(ana):
    campaign = start_draft(whole(), ana)
    for share in (0.3, 0.4):
        save_draft(campaign, whole(holdout=share), ana)
    shares = [drafts.undo(campaign, ana).content["holdout"] for _ in range(3)]
    assert shares == [0.3, 0.2, 0.2]
    save_draft(campaign, whole(holdout=0.5), ana)
    assert drafts.undo(campaign, ana).content["holdout"] == 0.2


def test_a_draft_is_renamed_until_it_was_in_review(ana):
    campaign = start_draft(whole(), ana)
    save_draft(campaign, whole(name="Come again"), ana)
    assert Campaign.objects.get().name == "Come again"
    campaign.refresh_from_db()
    submit(campaign, ana)
    save_draft(campaign, whole(name="Other"), ana)
    assert Campaign.objects.get().name == "Come again"
    places = [one.place for one in look(whole(name="Other"), campaign).problems]
    assert places == ["name"]
    with pytest.raises(BadCampaign, match="name"):
        submit(campaign, ana)


def test_a_taken_name_is_a_problem_and_not_taken_over(ana):
    start_draft(whole(), ana)
    other = start_draft(whole(name="Other"), ana)
    save_draft(other, whole(), ana)
    assert [one.place for one in look(whole(), other).problems] == ["name"]
    assert set(Campaign.objects.values_list("name", flat=True)) == {
        "Come back",
        "Other",
    }


def test_a_file_and_a_draft_of_one_document_are_one_version(ana):
    campaign = start_draft(whole(), ana)
    submitted = submit(campaign, ana).version
    applied = apply(whole(), by=ana)
    assert (applied.is_new, applied.version.hash) == (False, submitted.hash)


def test_a_file_that_is_applied_shows_in_the_draft(ana, ben):
    campaign = start_draft(whole(), ana)
    apply(whole(holdout=0.3), by=ben)
    campaign.draft.refresh_from_db()
    assert campaign.draft.content["holdout"] == 0.3
    assert campaign.draft.at(1)["holdout"] == 0.2


def test_a_version_of_a_file_opens_as_a_short_document(ana, ben):
    make.make_segment("eastern", rule=EAST)
    version = apply(whole(segment="eastern", priority=100), by=ana).version
    document = document_of(version)
    assert document == whole(segment="eastern")
    assert drafts.draft_of(version.campaign, ben).content == document
    assert content_of(document) == version.content


def test_segments_are_joined_and_left_out(ana):
    make.make_segment("eastern", rule=EAST)
    make.make_segment("western", rule=WEST)
    both = {"in": ["eastern"], "but_not": ["western"]}
    version = apply(whole(segment=both), by=ana).version
    assert version.content["segment"]["rule"] == {"all": [EAST, {"none": [WEST]}]}
    assert document_of(version)["segment"] == both


def test_a_copy_has_a_name_and_customers_of_its_own(ana):
    first = start_draft(whole(salt="fixed"), ana)
    other = drafts.copy(first, ana)
    assert other.name == "Come back 2"
    assert "salt" not in other.draft.content
    assert other.draft.salt != first.draft.salt


def test_who_is_held_out_is_known_before_the_first_version(ana, ben):
    campaign = start_draft(whole(), ana)
    version = submit(campaign, ana).version
    assert version.salt == campaign.draft.salt
    assert approve(version, by=ben).state == CampaignVersion.State.APPROVED


def test_what_is_archived_is_neither_approved_nor_started_until_it_is_back(ana, ben):
    campaign = start_draft(whole(), ana)
    waiting = submit(campaign, ana).version
    archive.archive(campaign)
    waiting.refresh_from_db()
    with pytest.raises(CannotApprove):
        approve(waiting_version(campaign), by=ben)
    again = submit(campaign, ana).version
    campaign.refresh_from_db()
    assert (again.state, campaign.archived_at) == ("in_review", None)
    approved = approve(again, by=ben)
    archive.archive(campaign)
    approved.refresh_from_db()
    with pytest.raises(CannotLaunch, match="archived"):
        launch(approved, key="x", started_by="ana")


def test_what_may_still_leave_is_not_archived(ana, ben):
    trigger = {"kind": "event", "events": ["cart"], "cool_down": "1 day"}
    campaign = start_draft(whole(segment=None, trigger=trigger), ana)
    approve(submit(campaign, ana).version, by=ben)
    with pytest.raises(BadCampaign, match="armed"):
        archive.archive(campaign)


def test_what_no_document_can_hold_is_refused_and_changes_nothing(ana):
    campaign = start_draft(whole(), ana)
    nested: list = []
    nested.append(nested)
    for bad in (
        {"name": "a\0b"},
        {"x": float("nan")},
        {"x": nested},
        {"x": "y" * 10**6},
    ):
        with pytest.raises(BadCampaign):
            save_draft(campaign, {**whole(), **bad}, ana)
    campaign.draft.refresh_from_db()
    assert campaign.draft.number == 1


MANY = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    (
        "name goal segment holdout arms channels messages offer schedule trigger limits"
        " send_time quiet_hours partials layer allocation recommendations kind"
    ).split()
)


@MANY
@given(st.dictionaries(KEYS, JSON, max_size=8))
def test_whatever_a_document_holds_is_looked_at_in_sentences(db, document):
    for problem in look({**whole(), **document}).problems:
        assert problem.words
        assert "Traceback" not in problem.words


@MANY
@given(st.dictionaries(KEYS, JSON, max_size=5), st.dictionaries(KEYS, JSON, max_size=5))
def test_a_merge_with_an_unchanged_side_is_the_other(base, other):
    assert merge(base, base, other).document == other
    found = merge(base, other, base)
    assert json.dumps(found.document, sort_keys=True) == json.dumps(
        other, sort_keys=True
    )
    assert found.clashes == ()


def test_words_of_a_half_written_channel_do_not_hide_other_problems(ana):
    looked = look(whole(messages={"email": {"subject": "Hi"}}, holdout=2))
    assert [one.place for one in looked.problems] == ["holdout", "messages.email.mjml"]
    assert WORDS["email"]["html"]
