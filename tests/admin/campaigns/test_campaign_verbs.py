"""The campaign's buttons call the core, once, and say why where it refuses."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from campaigns.content.model import hash_of
from campaigns.lifecycle import resend
from campaigns.models import Campaign, CampaignVersion, Message, Resending, Run
from profiles.models import Job
from tests.small_shop import Shop

State = CampaignVersion.State


@pytest.fixture
def press(signed_in, shop):
    """Press a button of the campaign's page and return what the next page says."""

    def press_one(verb: str, client: Client = signed_in, **fields: str) -> str:
        address = reverse("admin:campaigns_campaign_do", args=[shop.campaign.pk, verb])
        shown = fields.pop("about", None) or shown_about(client, shop, verb)
        return client.post(
            address, {"about": shown, **fields}, follow=True
        ).content.decode()

    return press_one


def shown_about(client: Client, shop: Shop, verb: str) -> str:
    """Return what the button says it is about: a version and its hash, or a number."""
    name = "campaign-run" if verb == "run" else "admin:campaigns_campaign_change"
    answer = client.get(reverse(name, args=[shop.campaign.pk]))
    form = re.search(rf'/do/{verb}/".*?</form>', answer.content.decode(), re.DOTALL)
    found = re.search(r'name="about" value="([^"]*)"', form[0]) if form else None
    return found[1] if found else ""


@pytest.mark.parametrize("verb", ["approve", "run"])
def test_a_version_that_was_not_seen_is_neither_approved_nor_run(
    press, signed_in, shop, person, verb
):
    """Whoever presses has looked at one version; its author put another one there
    meanwhile.
    """
    Run.objects.filter(campaign=shop.campaign).update(state=Run.State.FINISHED)
    about = shown_about(signed_in, shop, verb)
    state = State.IN_REVIEW if verb == "approve" else State.APPROVED
    seen = shop.campaign.versions.get(state=state)
    CampaignVersion.objects.filter(pk=seen.pk).update(state=State.SUPERSEDED)
    content = {**seen.content, "holdout": 0.42}
    swapped = CampaignVersion.objects.create(
        campaign=shop.campaign,
        number=77,
        content=content,
        hash=hash_of(content),
        salt="s",
        state=state,
        author=seen.author,
        approver=seen.approver,
    )
    n_runs = shop.campaign.runs.count()
    said = press(verb, about=about)
    assert f"you saw version {seen.number}, now it is version 77" in said
    assert "holdout" in said
    swapped.refresh_from_db()
    assert (swapped.state, shop.campaign.runs.count()) == (state, n_runs)


@pytest.mark.parametrize("verb", ["approve", "run"])
@pytest.mark.parametrize("about", [" ", "1", "99999999999999999999:x", "x:y"])
def test_a_form_that_names_no_version_does_nothing(press, shop, verb, about):
    Run.objects.filter(campaign=shop.campaign).update(state=Run.State.FINISHED)
    before = (
        list(shop.campaign.versions.values_list("pk", "state")),
        shop.campaign.runs.count(),
    )
    assert "Nothing was done" in press(verb, about=about)
    assert (
        list(shop.campaign.versions.values_list("pk", "state")),
        shop.campaign.runs.count(),
    ) == before


def test_only_the_messages_that_were_asked_about_are_sent_again(press, shop, person):
    some = list(shop.campaign.messages.filter(state=Message.State.SENT)[:3])
    unknown(*some[:2])
    other = get_user_model().objects.create_user("other")
    asked = resend.ask(shop.campaign, by=other)
    unknown(some[2])
    assert "2 messages are sent again" in press("send_again")
    some[2].refresh_from_db()
    assert some[2].state == Message.State.UNKNOWN
    asked.refresh_from_db()
    assert asked.n == 2


def test_who_saw_two_unknown_messages_does_not_ask_about_three(press, signed_in, shop):
    some = list(shop.campaign.messages.filter(state=Message.State.SENT)[:3])
    unknown(*some[:2])
    about = shown_about(signed_in, shop, "ask_again")
    unknown(some[2])
    assert "another number of messages" in press("ask_again", about=about)
    assert not Resending.objects.exists()


def unknown(*messages: Message) -> None:
    Message.objects.filter(pk__in=[one.pk for one in messages]).update(
        state=Message.State.UNKNOWN
    )


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
        "campaigns.admin.campaign.campaign_verbs.approve",
        lambda version, by: seen.append((version, by)) or version,
    )
    press("approve")
    assert [(version.state, by) for version, by in seen] == [(State.IN_REVIEW, person)]


def test_what_was_stopped_can_only_be_measured(press, shop, signed_in):
    press("stop")
    page = signed_in.get(
        reverse("admin:campaigns_campaign_change", args=[shop.campaign.pk])
    ).content.decode()
    for verb in ("resume", "run", "pause", "stop", "approve"):
        assert f"/do/{verb}/" not in page
