"""What is wrong is shown, told by mail once, and over when it is over; two people send
unknown messages again.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.delivery import send
from campaigns.delivery.alerting import alarms, alerts
from campaigns.lifecycle import recipes, resend
from campaigns.lifecycle.campaign_state import CannotChange
from campaigns.models import (
    Alert,
    Attempt,
    Campaign,
    CampaignVersion,
    ContactLimit,
    Message,
    Run,
    SendingPause,
    SignOfLife,
)
from retention_site.lib.clock import now, real_now
from tests.factories import (
    make_approver,
    make_campaign,
    make_colleague,
    make_coupon_pool,
)
from tests.sending import local_sinks, make_send, shop, taken  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(settings, local_sinks):  # noqa: F811
    settings.OPERATOR_EMAILS = ["ops@shop.example"]


def kinds() -> list[str]:
    return sorted({alarm.kind for alarm in alarms.alarms()})


def test_nothing_is_wrong_in_a_quiet_shop():
    assert alarms.alarms() == []


def test_each_trouble_has_its_alarm(shop):  # noqa: F811
    run = make_send(60)
    messages = list(Message.objects.filter(run=run))
    Message.objects.filter(pk__in=[one.pk for one in messages[:2]]).update(
        not_before=now() - timedelta(hours=2)
    )
    Message.objects.filter(pk__in=[one.pk for one in messages[2:5]]).update(
        state="unknown"
    )
    Message.objects.filter(pk=messages[5].pk).update(state="uncertain")
    long_ago = real_now() - timedelta(minutes=20)
    Attempt.objects.bulk_create(
        Attempt(
            message=one,
            n=1,
            channel="email",
            provider="p",
            state="refused",
            started_at=long_ago,
        )
        for one in messages
    )
    Run.objects.filter(pk=run.pk).update(state="failed", error="no such segment")
    SignOfLife.objects.create(name="sweep_messages", at=long_ago)
    assert kinds() == ["provider", "queue", "run", "sweep", "uncertain", "unknown"]
    SendingPause.objects.create(reason="wrong price")
    assert kinds() == [
        "pause",
        "provider",
        "run",
        "sweep",
        "uncertain",
        "unknown",
    ], "what is paused does not wait"


def test_operators_are_told_once_and_a_second_time_when_it_comes_back(told):
    SignOfLife.objects.create(name="sweep_messages", at=real_now() - timedelta(hours=1))
    for _ in range(3):
        alerts.raise_alerts()
    assert [line["to"] for line in taken()] == [["ops@shop.example"]]
    alerts.is_alive("sweep_messages")
    alerts.raise_alerts()
    assert Alert.objects.get().ended_at is not None
    SignOfLife.objects.update(at=real_now() - timedelta(hours=1))
    alerts.raise_alerts()
    assert (Alert.objects.count(), len(taken())) == (2, 2)


def test_a_mail_server_that_is_away_leaves_the_alert_untold(told, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    SignOfLife.objects.create(name="sweep_messages", at=real_now() - timedelta(hours=1))
    alerts.raise_alerts()
    assert Alert.objects.get().told_at is None


def test_the_page_pauses_everything_and_lets_it_go_on(signed_in, person):
    page = signed_in.post(
        reverse("alerts-act", args=["pause"]), {"reason": "wrong price"}, follow=True
    ).content.decode()
    assert (SendingPause.objects.get().by, "wrong price" in page) == (person, True)
    signed_in.post(reverse("alerts-act", args=["resume"]))
    assert not SendingPause.objects.exists()


def test_whoever_may_only_look_does_not_pause(client):
    from django.contrib.auth.models import Permission

    reader = make_colleague()
    reader.user_permissions.add(Permission.objects.get(codename="view_message"))
    client.force_login(reader)
    assert client.post(reverse("alerts-act", args=["pause"])).status_code == 403
    assert not SendingPause.objects.exists()


def test_two_people_send_unknown_messages_again(local_sinks):  # noqa: F811
    run = make_send(3)
    Message.objects.filter(run=run).update(state="unknown", finished_at=now())
    Run.objects.filter(pk=run.pk).update(state="finished")
    one, other = make_colleague(), make_colleague()
    resend.ask(run.campaign, by=one)
    with pytest.raises(CannotChange, match="asked already"):
        resend.ask(run.campaign, by=other)
    with pytest.raises(CannotChange, match="a second person decides"):
        resend.approve(run.campaign, by=one)
    with pytest.raises(CannotChange, match="may not approve campaigns"):
        resend.approve(run.campaign, by=other)
    assert Message.objects.filter(run=run, state="unknown").count() == 3
    other = make_approver()
    assert resend.approve(run.campaign, by=other) == 3
    send.drain("bulk")
    assert len(taken()) == 3
    with pytest.raises(CannotChange, match="nobody has asked"):
        resend.approve(run.campaign, by=other)


def test_a_recipe_becomes_a_draft_in_the_editor(signed_in, person):
    answer = signed_in.post(reverse("recipe-start", args=["abandoned_cart"]))
    begun = Campaign.objects.get()
    assert answer.url == reverse("campaign-editor", args=[begun.pk])
    assert signed_in.get(answer.url).status_code == 200
    assert begun.draft.content["trigger"]
    assert not CampaignVersion.objects.exists()
    recipes.start("abandoned_cart", by=person)
    assert set(Campaign.objects.values_list("name", flat=True)) == {
        "Cart left behind",
        "Cart left behind 2",
    }


def test_a_limit_of_the_shop_is_set_in_a_form(signed_in):
    said = {
        "most": 3,
        "window": "week",
        "campaign_class": "",
        "channel": "",
        "reserved": 1,
        "reserved_to": 50,
    }
    signed_in.post(reverse("admin:campaigns_contactlimit_add"), said)
    assert str(ContactLimit.objects.get()) == "all marketing: 3 / week"
    answer = signed_in.post(
        reverse("admin:campaigns_contactlimit_add"),
        {**said, "window": "day", "reserved": 3},
    )
    assert "errorlist" in answer.content.decode() or answer.context["errors"]
    assert ContactLimit.objects.count() == 1


@pytest.mark.parametrize(
    ("issued", "committed", "words"),
    [
        (95, 300, "Pool WIN10: 5 codes and $200.00 left"),
        (50, 480, "Pool WIN10: 50 codes and $20.00 left"),
        (80, 400, None),
        (0, 0, None),
    ],
)
def test_a_pool_that_runs_dry_is_told_of(issued, committed, words):
    campaign = make_campaign()
    make_coupon_pool("WIN10", campaign=campaign, n_issued=issued, committed=committed)
    assert [alarm.words for alarm in alarms.alarms()] == ([words] if words else [])
    campaign.state = campaign.State.STOPPED
    campaign.save()
    assert alarms.alarms() == []
