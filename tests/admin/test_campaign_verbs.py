"""The campaign's buttons call the core, once, and say why where it refuses."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, CampaignVersion, Message, Run
from profiles.models import Job
from tests.small_shop import Shop

State = CampaignVersion.State


@pytest.fixture
def press(signed_in, shop):
    """Press a button of the campaign's page and return what the next page says."""

    def press_one(verb: str, client: Client = signed_in, **fields: str) -> str:
        address = reverse("admin:campaigns_campaign_do", args=[shop.campaign.pk, verb])
        return client.post(address, fields, follow=True).content.decode()

    return press_one


def test_pause_and_resume(press, shop):
    press("pause")
    assert state_of(shop) == Campaign.State.PAUSED
    press("resume")
    assert state_of(shop) == Campaign.State.ACTIVE


def test_stop_cancels_what_waits_and_counts_it(press, shop):
    n = shop.campaign.messages.filter(state=Message.State.QUEUED).count()
    assert f"{n} messages were cancelled" in press("stop")
    assert shop.campaign.messages.filter(state=Message.State.CANCELLED).count() == n


def test_the_author_does_not_approve(signed_in, shop, person, press):
    waiting = shop.campaign.versions.get(state=State.IN_REVIEW)
    CampaignVersion.objects.filter(pk=waiting.pk).update(author=person)
    page = signed_in.get(
        reverse("admin:campaigns_campaign_change", args=[shop.campaign.pk])
    ).content.decode()
    assert "a second person approves it" in page
    press("approve")
    waiting.refresh_from_db()
    assert waiting.state == State.IN_REVIEW


def test_a_refusal_is_said_on_the_page(press, shop):
    waiting = shop.campaign.versions.get(state=State.IN_REVIEW)
    CampaignVersion.objects.filter(pk=waiting.pk).update(hash="of something else")
    assert "was changed after it was applied" in press("approve")
    waiting.refresh_from_db()
    assert waiting.state == State.IN_REVIEW


def test_a_button_pressed_twice_starts_one_run(press, shop):
    Run.objects.filter(campaign=shop.campaign).update(state=Run.State.FINISHED)
    before = shop.campaign.runs.count()
    press("run", once="abc", again=shop.campaign.name)
    Run.objects.filter(campaign=shop.campaign).update(state=Run.State.FINISHED)
    press("run", once="abc", again=shop.campaign.name)
    assert shop.campaign.runs.count() == before + 1


def test_no_second_run_while_one_is_on_its_way(press, shop):
    before = shop.campaign.runs.count()
    assert "not possible any more" in press("run", once="abc")
    assert shop.campaign.runs.count() == before


def test_the_newest_run_is_measured_on_demand_once(press, signed_in, shop, person):
    Run.objects.filter(campaign=shop.campaign).update(state=Run.State.FINISHED)
    assert "It is being measured" in press("measure")
    press("measure")
    job = Job.objects.get(kind="evaluate")
    assert job.params == {"run": shop.campaign.runs.order_by("-pk")[0].pk}
    assert job.created_by == person
    Job.objects.update(state=Job.State.DONE)
    page = signed_in.get(
        reverse("admin:campaigns_campaign_change", args=[shop.campaign.pk])
    ).content.decode()
    assert "Measure now" in page
    assert "It is being measured" not in page


def test_an_imported_campaign_has_no_buttons(signed_in, shop):
    page = signed_in.get(
        reverse("admin:campaigns_campaign_change", args=[shop.finished.pk])
    ).content.decode()
    assert "/do/" not in page
    assert "No effect is claimed" in page


def state_of(shop: Shop) -> str:
    return Campaign.objects.get(pk=shop.campaign.pk).state


def test_approval_names_who_is_signed_in(press, shop, person, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "campaigns.lifecycle.approve.approve",
        lambda version, by: seen.append((version, by)) or version,
    )
    press("approve")
    assert [(version.state, by) for version, by in seen] == [(State.IN_REVIEW, person)]
