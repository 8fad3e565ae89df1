"""The week in one letter, once, to those who asked for it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from campaigns.delivery.channels.email import Email
from campaigns.delivery.outcome import Answer, Outcome
from campaigns.models import Message, StoredReport
from campaigns.proof.reports import weekly_letter
from campaigns.proof.reports.report_jobs import WeeklyJob
from profiles.models import Job
from retention_site.lib import clock
from tests.factories import (
    make_campaign,
    make_customer,
    make_effect,
    make_message,
    make_run,
)

MONDAY = datetime(2024, 5, 6, 8, tzinfo=UTC)


@pytest.fixture
def monday(monkeypatch):
    for module in (clock, weekly_letter):
        monkeypatch.setattr(module, "now", lambda: MONDAY)


@pytest.fixture
def reader(db):
    user = User.objects.create(username="ana", email="ana@shop.example", is_staff=True)
    weekly_letter.subscribe(user, wants=True)
    return user


@pytest.fixture
def week(db):
    run = make_run(make_campaign("Spring"))
    for state in ("sent", "failed"):
        sent_at = MONDAY - timedelta(days=2) if state == "sent" else None
        message = make_message(run, make_customer(), state, sent_at=sent_at)
        Message.objects.filter(pk=message.pk).update(
            planned_at=MONDAY - timedelta(days=2), channel="email"
        )
    found = {"results": [{"sentence": "revenue: 1.20 more. Better."}]}
    report = make_effect(run.campaign, run, "", effect=found)
    report.window_from, report.window_to = (
        MONDAY - timedelta(days=10),
        MONDAY - timedelta(days=1),
    )
    report.save()
    StoredReport.objects.create(
        kind="programme", as_of=MONDAY, result={"sentence": "It brought +5.00 USD."}
    )


def test_the_letter_says_what_was_sent_what_it_changed_and_what_needs_a_person(week):
    said = weekly_letter.letter(MONDAY)
    assert said.subject.endswith("29.04. to 05.05.: 1 messages")
    for words in (
        "It brought +5.00 USD.",
        "email: 1",
        "Spring: revenue: 1.20 more.",
        "1 messages failed",
        "/programme/",
    ):
        assert words in said.text
        assert words.replace("'", "&#x27;") in said.html


def test_it_goes_out_once_a_week_and_only_from_monday_morning_on(
    monday, reader, monkeypatch
):
    for _ in range(3):
        weekly_letter.start_due()
    assert sorted(Job.objects.values_list("key", flat=True)) == [
        "programme:2024-W19",
        "weekly:2024-W19",
    ]
    Job.objects.all().delete()
    monkeypatch.setattr(weekly_letter, "now", lambda: MONDAY.replace(hour=5))
    weekly_letter.start_due()
    assert Job.objects.get().key == "programme:2024-W19"


def test_it_goes_by_our_own_channel_with_one_key_however_often_it_is_tried(
    week, reader, monkeypatch
):
    gone = []

    class Line:
        def send(self, group, may_go):
            gone.extend(group)
            yield from (Outcome(Answer.ACCEPTED) for _one in group)

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            return None

    monkeypatch.setattr(Email, "open", lambda self, seconds: Line())
    job = Job(params={"until": MONDAY.isoformat()})
    (chunk,) = WeeklyJob().chunks(job)
    assert [WeeklyJob().run(job, chunk, lambda *_: None) for _ in range(2)] == [
        {"sent": 1}
    ] * 2
    assert {one.address for one in gone} == {"ana@shop.example"}
    assert len({one.key for one in gone}) == 1
    assert not gone[0].is_marketing


def test_who_wants_it_says_so_on_the_page(client, db):
    user = User.objects.create_superuser("boss", "boss@shop.example", "x")
    client.force_login(user)
    assert "Mail me every Monday" in client.get(reverse("programme")).content.decode()
    client.post(reverse("programme-letter"), {"wants": "yes"})
    assert weekly_letter.subscribed() == [user]
    client.post(reverse("programme-letter"), {"wants": "no"})
    assert weekly_letter.subscribed() == []
