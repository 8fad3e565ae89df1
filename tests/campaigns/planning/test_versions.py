"""What is approved is what is sent: one person writes, another approves, and then it
can't change.
"""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from campaigns.content.mapping_reader import BadCampaign
from campaigns.lifecycle.apply import apply
from campaigns.lifecycle.approve import (
    CannotApprove,
    approve,
    seen_version,
    waiting_version,
)
from campaigns.models import Campaign, CampaignVersion, CouponPool, Schedule
from campaigns.planning.launch import CannotLaunch, launch
from campaigns.rendering import compose
from tests.factories import make_campaign, make_segment

from .conftest import EMAIL, OFFER, SAYS, campaign_of, someone

State = CampaignVersion.State
pytestmark = pytest.mark.django_db


@pytest.fixture
def author():
    return someone("author")


@pytest.fixture
def approver():
    return someone("approver")


def test_the_same_file_twice_is_one_version(author):
    first, second = apply(campaign_of(), by=author), apply(campaign_of(), by=someone())
    assert (first.is_new, second.is_new) == (True, False)
    assert first.version == second.version
    assert first.version.state == State.IN_REVIEW


def test_a_changed_file_is_a_new_version_and_the_unapproved_one_gives_way(author):
    first = apply(campaign_of(), by=author).version
    second = apply(campaign_of(holdout=0.3), by=author).version
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == (
        State.SUPERSEDED,
        State.IN_REVIEW,
        2,
    )


def test_a_segment_that_a_trigger_would_never_look_at_is_refused(author):
    with pytest.raises(
        BadCampaign, match="segment: a trigger names its customers itself"
    ):
        apply(campaign_of(trigger={"kind": "webhook"}), by=author)


def test_the_approved_version_stays_until_the_next_is_approved(author, approver):
    first = approve(apply(campaign_of(), by=author).version, by=approver)
    second = apply(campaign_of(holdout=0.3), by=author).version
    assert Campaign.objects.get().approved_version == first
    approve(second, by=approver)
    assert Campaign.objects.get().approved_version == second


def test_the_old_content_applied_again_is_a_new_version_to_approve(author, approver):
    approve(apply(campaign_of(), by=author).version, by=approver)
    approve(apply(campaign_of(holdout=0.3), by=author).version, by=approver)
    third = apply(campaign_of(), by=author)
    assert (third.is_new, third.version.number, third.version.state) == (
        True,
        3,
        State.IN_REVIEW,
    )


def test_customers_keep_their_arms_in_every_version(author):
    first = apply(campaign_of(), by=author).version
    second = apply(campaign_of(holdout=0.3), by=author).version
    assert first.salt == second.salt == "salt of the test"
    with pytest.raises(BadCampaign, match="salt: was fixed with the first version"):
        apply(campaign_of(salt="another"), by=author)


def test_a_salt_nobody_gave_is_drawn_at_random(author):
    salts = {
        apply(campaign_of(name=name, salt=None), by=author).version.salt
        for name in ("a", "b")
    }
    assert len(salts) == 2
    assert all(len(salt) == 32 for salt in salts)


def test_nobody_approves_what_they_wrote(author):
    version = apply(campaign_of(), by=author).version
    with pytest.raises(CannotApprove, match="a second person approves it"):
        approve(version, by=author)


def test_not_even_the_database_lets_the_author_approve(author):
    version = apply(campaign_of(), by=author).version
    with pytest.raises(IntegrityError), transaction.atomic():
        CampaignVersion.objects.filter(pk=version.pk).update(
            state=State.APPROVED, approver=author
        )


def test_content_changed_behind_our_back_is_not_approved(author, approver):
    version = apply(campaign_of(), by=author).version
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_campaignversion SET content = jsonb_set(content,"
            " '{holdout}', '0.5')"
        )
    version.refresh_from_db()
    with pytest.raises(CannotApprove, match="was changed after it was applied"):
        approve(version, by=approver)


def test_only_an_approved_version_is_launched(author):
    version = apply(campaign_of(), by=author).version
    with pytest.raises(CannotLaunch, match="only an approved version is sent"):
        launch(version, key="k", started_by="a test")


def test_nothing_waits_for_approval_twice(author, approver):
    version = apply(campaign_of(), by=author).version
    approve(waiting_version(version.campaign), by=approver)
    with pytest.raises(CannotApprove, match="v1 is approved already"):
        waiting_version(version.campaign)


def test_another_version_than_the_one_that_was_seen_is_not_approved(author):
    """The refusal names what the newer version changes."""
    seen = apply(campaign_of(), by=author).version
    swapped = apply(campaign_of(offer={**OFFER, "budget": "99"}), by=author).version
    with pytest.raises(
        CannotApprove, match=r"v2 waits for approval.*offer\.budget: .* → 99"
    ):
        seen_version(seen.campaign, 1, seen.hash)
    with pytest.raises(CannotApprove, match="not what you saw"):
        seen_version(seen.campaign, 2, seen.hash)
    assert seen_version(seen.campaign, 2, swapped.hash) == swapped
    assert seen_version(seen.campaign, None, "") == swapped


def test_a_version_superseded_since_it_was_read_is_not_launched(author, approver):
    first = approve(apply(campaign_of(schedule=None), by=author).version, by=approver)
    approve(
        apply(campaign_of(schedule=None, holdout=0.3), by=author).version, by=approver
    )
    assert first.state == State.APPROVED  # as this process still believes
    with pytest.raises(CannotLaunch, match="another was approved"):
        launch(first, key="k", started_by="a test")


def test_the_command_approves_and_runs_only_what_was_seen(author, approver, capsys):
    version = apply(campaign_of(schedule=None), by=author).version
    name, by = version.campaign.name, ("--by", approver.username)
    with pytest.raises(CommandError, match="not what you saw"):
        call_command("campaign", "approve", name, *by, "--version", "7")
    call_command(
        "campaign", "approve", name, *by, "--version", "1", "--hash", version.hash[:12]
    )
    with pytest.raises(CommandError, match="not what you saw"):
        call_command("campaign", "run", name, "--hash", "0" * 64)


def test_a_segments_rule_is_copied_so_that_approval_covers_it(author):
    segment = make_segment("easterners", rule={"all": []})
    version = apply(campaign_of(segment="easterners"), by=author).version
    segment.rule = {"any": []}
    segment.save()
    version.refresh_from_db()
    assert version.content["segment"] == {"name": "easterners", "rule": {"all": []}}


def test_a_segment_nobody_knows_is_one_sentence(author):
    with pytest.raises(
        BadCampaign, match="segment: there is no segment named 'ghosts'"
    ):
        apply(campaign_of(segment="ghosts"), by=author)


def test_an_imported_campaign_is_not_overwritten(author):
    make_campaign("Come back", origin=Campaign.Origin.IMPORTED)
    with pytest.raises(BadCampaign, match="finished campaign that was imported"):
        apply(campaign_of(), by=author)


def test_approval_sets_up_pool_and_schedule(author, approver):
    timetable = {
        "starts": "2024-05-06 09:30",
        "time_zone": "Europe/Berlin",
        "repeat": "FREQ=WEEKLY",
    }
    approve(apply(campaign_of(schedule=timetable), by=author).version, by=approver)
    assert CouponPool.objects.get().cap == 1000
    assert Schedule.objects.get().is_active
    approve(apply(campaign_of(), by=author).version, by=approver)
    assert not Schedule.objects.get().is_active


def test_a_schedule_in_the_past_is_refused(author, approver):
    version = apply(
        campaign_of(schedule={"starts": "2020-05-06 09:30"}), by=author
    ).version
    with pytest.raises(
        CannotApprove, match=r"schedule\.starts: 2020-05-06T09:30 in UTC is past"
    ):
        approve(version, by=approver)


def test_a_budget_below_what_is_out_is_refused(author, approver, shoppers, written):
    written(approve(apply(campaign_of(), by=author).version, by=approver))
    smaller = apply(campaign_of(offer={**OFFER, "cap": 1}), by=author).version
    with pytest.raises(CannotApprove, match="cap and budget can't be below that"):
        approve(smaller, by=approver)
    smaller.refresh_from_db()
    assert smaller.state == State.IN_REVIEW


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (
            {"text": "Dear {{ customer.first_name }}"},
            "messages.email.text: customer.first_name is missing and has no",
        ),
        (
            {"text": "{{ customer.nickname }}"},
            "messages.email.text: customer.nickname is missing",
        ),
        ({"html": "{{ coupon.cod }}"}, "messages.email.html: coupon.cod is missing"),
        (
            {"html": "{% for i in (1..99999999) %}x{% endfor %}"},
            "messages.email.html: the template loops or grows",
        ),
        ({"html": "{% if %}"}, "messages.email.html:"),
    ],
)
def test_words_that_fail_for_anyone_are_listed_before_approval(
    author, approver, make_shopper, words, problem
):
    make_shopper(first_name="")
    make_shopper()
    raw = campaign_of()
    raw["messages"] = {**SAYS, "email": {**EMAIL, **words}}
    version = apply(raw, by=author).version
    with pytest.raises(CannotApprove) as caught:
        approve(version, by=approver)
    (said,) = caught.value.problems
    assert said.startswith(problem)


def test_words_that_need_a_coupon_are_refused_where_there_may_be_none(author, approver):
    raw = campaign_of(offer={**OFFER, "when_exhausted": "send"})
    raw["messages"] = {**SAYS, "email": {**EMAIL, "text": "{{ coupon.code }}"}}
    with pytest.raises(
        CannotApprove, match=r"messages\.email\.text: coupon is missing"
    ):
        approve(apply(raw, by=author).version, by=approver)


@pytest.mark.parametrize(
    "link",
    [
        "{{ shop.url }}",
        "{{shop . url}}/sale",
        "{% if true %}{{ data.url | default: shop['url'] }}{% endif %}",
    ],
)
def test_words_that_link_to_the_shop_are_not_approved_before_it_is_known_where_it_is(
    author, approver, settings, link
):
    words = SAYS | {
        "email": EMAIL | {"text": f"Hello, come back: {link} {{{{ unsubscribe_url }}}}"}
    }
    version = apply(campaign_of(messages=words), by=author).version
    settings.SHOP_URL = ""
    compose.shop.cache_clear()
    with pytest.raises(
        CannotApprove, match="SHOP_URL, the address of its site, is unset"
    ) as refused:
        approve(version, by=approver)
    assert len(refused.value.problems) == 1
    settings.SHOP_URL = "https://shop.example"
    compose.shop.cache_clear()
    assert approve(version, by=approver).state == State.APPROVED
    assert compose.shop()["shop"]["url"] == "https://shop.example"


def test_words_that_do_not_link_to_the_shop_need_no_address_of_it(
    author, approver, settings
):
    settings.SHOP_URL = ""
    assert (
        approve(apply(campaign_of(), by=author).version, by=approver).state
        == State.APPROVED
    )
