"""Where a campaign stands is one answer: the list, its page and the first page say the
same.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.models import Campaign, CampaignVersion, Run, Schedule, Stage
from campaigns.models.stage import with_stage
from retention_site.lib.clock import now
from tests import factories as make

pytestmark = pytest.mark.django_db
State = CampaignVersion.State
CART = {
    "kind": "event",
    "events": ["cart"],
    "delay": "1 hour",
    "cancel_if": ["purchase"],
}


def content(**facts) -> dict:
    return {
        "name": "One",
        "channels": ["email"],
        "segment": {"name": None, "rule": {"all": []}},
        **facts,
    }


def campaign_with(*states: str, **facts) -> Campaign:
    campaign = make.make_campaign()
    for state in states:
        make.make_version(campaign, state, content=content(**facts))
    return campaign


def stage(campaign: Campaign) -> str:
    return with_stage(Campaign.objects.all(), now()).get(pk=campaign.pk).stage


def pages(client, campaign: Campaign) -> tuple[str, str]:
    listed = client.get(reverse("admin:campaigns_campaign_changelist")).content.decode()
    page = client.get(
        reverse("admin:campaigns_campaign_change", args=[campaign.pk])
    ).content.decode()
    return listed.split('id="result_list"')[1], page.split('id="campaign"')[1]


def test_what_is_in_review_is_nowhere_called_active(signed_in):
    campaign = campaign_with(State.IN_REVIEW)
    assert stage(campaign) == Stage.IN_REVIEW
    for html in pages(signed_in, campaign):
        assert ">in review<" in html
        assert ">active<" not in html
    assert (
        "Nothing is sent before a second person approves it."
        in pages(signed_in, campaign)[1]
    )


def test_the_segment_s_page_says_the_same(signed_in):
    segment = make.make_segment("regulars")
    campaign_with(State.IN_REVIEW, segment={"name": "regulars", "rule": {"all": []}})
    address = reverse("admin:profiles_segment_change", args=[segment.pk])
    uses = signed_in.get(address).content.decode().split('id="uses"')[1]
    assert ">in review<" in uses.split("</section>")[0]


def test_words_that_nobody_approved_are_not_called_approved(signed_in):
    words = {
        "messages": {"email": {"subject": "Hi", "text": "Hi", "html": "<p>Hi</p>"}}
    }
    assert (
        "as they were approved"
        not in pages(signed_in, campaign_with(State.IN_REVIEW, **words))[1]
    )
    assert (
        "as they were approved"
        in pages(signed_in, campaign_with(State.APPROVED, **words))[1]
    )


@pytest.mark.parametrize("has_run", [False, True])
def test_a_live_trigger_is_armed_and_says_what_it_waits_for(signed_in, has_run):
    campaign = campaign_with(State.APPROVED, trigger=CART)
    if has_run:
        make.make_run(campaign, n_audience=None)
    assert stage(campaign) == Stage.ARMED
    listed, page = pages(signed_in, campaign)
    assert ">armed<" in listed
    assert (
        "It starts by itself: when a customer does: cart · 1 hour later · not after:"
        " purchase." in page
    )
    assert "It has not run yet" not in page


def test_a_new_version_in_review_stops_no_trigger_and_is_told_beside_it(signed_in):
    campaign = campaign_with(State.APPROVED, State.IN_REVIEW, trigger=CART)
    assert stage(campaign) == Stage.ARMED
    assert "Version 2 waits for a second person" in pages(signed_in, campaign)[1]


@pytest.mark.parametrize(
    ("state", "n", "expected"),
    [
        (Run.State.PLANNING, None, Stage.PLANNING),
        (Run.State.SENDING, 5, Stage.RUNNING),
        (Run.State.FAILED, None, Stage.FAILED),
        (Run.State.FINISHED, 5, Stage.MEASURING),
    ],
)
def test_a_run_is_told_as_it_goes(state, n, expected):
    campaign = campaign_with(State.APPROVED)
    assert stage(campaign) == Stage.APPROVED
    make.make_run(campaign, state=state, n_audience=n)
    assert stage(campaign) == expected


def test_what_was_measured_is_a_result_once_its_window_is_over():
    campaign = campaign_with(State.APPROVED)
    run = make.make_run(campaign, state=Run.State.FINISHED, n_audience=5)
    report = make.make_effect(campaign, run)
    assert stage(campaign) == Stage.RESULT
    report.window_to = now() + timedelta(days=3)
    report.save()
    assert stage(campaign) == Stage.MEASURING


def test_a_schedule_says_its_next_time_until_it_is_over(signed_in):
    campaign = campaign_with(State.APPROVED)
    schedule = Schedule.objects.create(
        campaign=campaign, starts_local=now() + timedelta(days=2), time_zone="UTC"
    )
    assert stage(campaign) == Stage.SCHEDULED
    assert "Next: " in pages(signed_in, campaign)[1]
    schedule.ticks.create(
        due_local=schedule.starts_local, due_at=schedule.starts_local, state="fired"
    )
    assert stage(campaign) == Stage.APPROVED


@pytest.mark.parametrize("state", [Campaign.State.PAUSED, Campaign.State.STOPPED])
def test_what_holds_a_campaign_back_comes_first(state):
    campaign = campaign_with(State.APPROVED, trigger=CART)
    Campaign.objects.filter(pk=campaign.pk).update(state=state)
    assert stage(campaign) == state


def test_home_names_each_that_waits_and_the_list_holds_just_those(signed_in):
    waiting = [
        campaign_with(State.IN_REVIEW),
        campaign_with(State.APPROVED, State.IN_REVIEW),
    ]
    campaign_with(State.APPROVED)
    make.make_segment()
    make.make_portrait(make.make_customer())
    home = signed_in.get(reverse("admin:index")).content.decode()
    assert home.count("Approve “") == 2
    asked = f"{reverse('admin:campaigns_campaign_changelist')}?stage=to_approve"
    listed = signed_in.get(asked).context["cl"].queryset
    assert {one.pk for one in listed} == {one.pk for one in waiting}
