"""Until a result's least data is there, no money is told: only when to look again."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.models import Holdout, StoredReport
from campaigns.proof.reports import programme_report as programme
from campaigns.proof.reports import weekly_letter as weekly
from profiles.models import Job
from retention_site.lib.admin.words import day
from retention_site.lib.clock import now
from tests import factories as make
from tests.small_shop import effect

MONEY = {
    "currency": "USD",
    "incremental_revenue": {"value": 1200.0, "low": -80.0, "high": 2480.0},
    "cost": {"coupons": 90.0, "sending": 0.0, "total": 90.0},
    "profit": {"value": 1110.0, "low": -170.0, "high": 2390.0},
    "is_sending_priced": False,
    "margin_share": 1.0,
    "sentence": "It brought +1,200.00 USD of revenue.",
}


@pytest.fixture
def report(shop):
    """What twenty minutes showed, of a window that closes in four weeks."""
    found = effect(0.1, -0.2, 0.4, "undecided")
    shop.run.effects.all().delete()  # checks of other windows
    made = make.make_effect(
        shop.campaign, shop.run, effect=found, money=MONEY, as_of=now().isoformat()
    )
    made.window_to = now() + timedelta(days=28)
    made.save()
    return made


def pages(client, report) -> dict[str, str]:
    addresses = {
        "report": reverse("admin:campaigns_effectreport_change", args=[report.pk]),
        "campaign": reverse(
            "admin:campaigns_campaign_change", args=[report.campaign_id]
        )
        + f"?run={report.run_id}",
        "list": reverse("admin:campaigns_effectreport_changelist"),
    }
    return {
        name: client.get(address).content.decode()
        for name, address in addresses.items()
    }


def test_a_report_of_twenty_minutes_names_a_day_and_no_money(signed_in, report):
    for name, page in pages(signed_in, report).items():
        assert f"Too early to say. Look again on {day(report.window_to)}." in page, name
        assert "$1,200" not in page, name
        assert 'id="money"' not in page, name


def test_once_the_window_is_closed_it_is_told(signed_in, report):
    report.window_to = now() - timedelta(days=1)
    report.save()
    for name, page in pages(signed_in, report).items():
        assert "Too early" not in page, name
    assert "$1,200" in pages(signed_in, report)["report"]


def test_what_the_daily_interval_decided_is_told_without_money(signed_in, report):
    report.result["effect"]["results"][0]["verdict"] = "better"
    report.save()
    found = pages(signed_in, report)
    assert ">better<" in found["list"]
    assert "$1,200" not in found["report"]


def test_the_weekly_letter_is_as_patient(report):
    lines = weekly._results(now() - timedelta(days=7), now())
    assert [line for line in lines if "too early to say before" in line]


@pytest.mark.django_db
def test_the_programme_waits_for_its_first_window(signed_in, shop):
    result = {
        "as_of": now().isoformat(),
        "since": now().isoformat(),
        "days": 1,
        "share": 0.05,
        "refused": None,
        "effect": effect(0.6, 0.35, 0.85, "better"),
        "money": MONEY,
        "sent": {},
        "campaigns": [],
        "is_early": True,
        "sentence": programme._sentence(MONEY, {"refused": None}, 1, now()),
    }
    StoredReport.objects.create(kind="programme", as_of=now(), result=result)
    page = signed_in.get(reverse("programme")).content.decode()
    assert f"Look again on {now() + timedelta(days=27):%Y-%m-%d}" in page
    assert "1,200" not in page


@pytest.mark.django_db
def test_before_the_first_send_the_programme_does_not_say_that_nobody_is_held_out(
    settings,
):
    settings.GLOBAL_HOLDOUT = 0.05
    sentence = programme.report().result["sentence"]
    assert "5 % of all customers are drawn by lot with the first run" in sentence
    settings.GLOBAL_HOLDOUT = 0
    assert "Nobody is held out" in programme.report().result["sentence"]


@pytest.mark.django_db
def test_once_the_holdout_is_drawn_the_programme_is_worked_out_by_itself():
    weekly.start_due()
    weekly.start_due()
    assert Job.objects.filter(kind="programme").count() == 1
    Holdout.objects.create(share=0.05, salt="s", since=now())
    weekly.start_due()
    weekly.start_due()
    assert Job.objects.filter(kind="programme").count() == 2


def test_a_subscription_that_is_refused_does_not_flip(signed_in, person):
    for wants, n in (("yes", 0), ("no", 0)):
        signed_in.post(reverse("programme-letter"), {"wants": wants})
        assert person.groups.count() == n
    answer = signed_in.post(
        reverse("programme-letter"), {"wants": "yes"}, follow=True
    ).content.decode()
    assert "You were not subscribed" in answer
    assert "Mail me every Monday" in answer
    person.email = "me@shop.example"
    person.save()
    signed_in.post(reverse("programme-letter"), {"wants": "yes"})
    assert person.groups.count() == 1


def test_a_rehearsal_shows_one_state_and_how_far_it_is(signed_in, shop):
    address = reverse("rehearsal", args=[shop.campaign.pk])
    job = make.make_job("rehearse", n_chunks=1, n_done=0)
    Job.objects.filter(pk=job.pk).update(
        params={"campaign": shop.campaign.pk}, started_at=now() - timedelta(seconds=30)
    )
    job.chunks.update(progress=0.5)
    page = signed_in.get(address).content.decode()
    assert page.count("It is being rehearsed.") == 1
    assert "Not rehearsed yet" not in page
    assert ">50%<" in page
    assert "left<" in page
    Job.objects.filter(pk=job.pk).update(
        state=Job.State.FAILED, error="The disk is full."
    )
    page = signed_in.get(address).content.decode()
    assert "The disk is full." in page
    assert "Not rehearsed yet" not in page
