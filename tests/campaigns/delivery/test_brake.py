"""The brake: what people complain about, what bounces and what is too much pauses by
itself, by what providers call back with, and only a person lets it go on.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from campaigns import customer_events
from campaigns.content import shop_rules
from campaigns.delivery import claim, send
from campaigns.delivery.alerting import alerts
from campaigns.delivery.limits import brake
from campaigns.delivery.limits.sending_figures import figures
from campaigns.inbound import callbacks
from campaigns.lifecycle import campaign_state
from campaigns.models import (
    Alert,
    Attempt,
    Brake,
    Campaign,
    Message,
    Run,
    SentCount,
    Touchpoint,
)
from campaigns.stats import rare_events
from profiles.models import AuditEntry
from retention_site.lib.clock import now
from tests.factories import make_colleague
from tests.faults.forks import in_processes
from tests.sending import local_sinks, make_send, shop, taken  # noqa: F401

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("unhurried", "local_sinks"),
]


def sent(n: int, *, waiting: int = 0, kind: str = "marketing") -> Run:
    """A run of which ``n`` messages left, told like all that is sent."""
    run = make_send(n + waiting, kind=kind)
    Campaign.objects.filter(pk=run.campaign_id).update(kind=kind)
    first = Message.objects.filter(run=run).order_by("pk")[:n]
    for place, message in enumerate(first):
        message.state, message.sent_at = Message.State.SENT, now()
        message.message_id = f"{run.pk:016}{place:016}"
    Message.objects.bulk_update(first, ["state", "sent_at", "message_id"])
    customer_events.record_sent()
    return run


def complain(run: Run, n: int) -> None:
    """Let ``n`` people press “spam”, as their mailbox providers report it by mail."""
    still = Message.objects.filter(run=run, state=Message.State.SENT)
    for message in still.select_related("customer").order_by("pk")[:n]:
        callbacks.take_mail(feedback(message))


def feedback(message: Message) -> bytes:
    return (
        "From: staff@mailbox.example\r\nTo: bounces@shop.example\r\nSubject: Abuse\r\n"
        f"Message-ID: <arf-{message.pk}@mailbox.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=feedback-report;"
        ' boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nAn abuse report.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        "User-Agent: Mailbox/1.0\r\nVersion: 1\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: hello@shop.example\r\n"
        f"To: {message.customer.email}\r\nSubject: x\r\n"
        f"Message-ID: <{message.message_id}@rapport.example>\r\n"
        f"Feedback-ID: {message.pk}:rapport\r\n\r\n--b--\r\n"
    ).encode()


def state_of(run: Run) -> str:
    return Campaign.objects.get(pk=run.campaign_id).state


def test_the_twentieth_complaint_pauses_its_campaign_and_what_waits_stays(
    client,
):
    run, other = sent(60, waiting=3), sent(40)
    complain(run, 20)
    [pulled] = brake.check()
    assert (pulled.campaign, pulled.kind, pulled.n, pulled.of) == (
        run.campaign,
        "complaints",
        20,
        60,
    )
    assert (state_of(run), state_of(other)) == ("paused", "active")
    send.drain("bulk")
    assert not taken()
    alerts.raise_alerts()
    told = Alert.objects.get(kind="brake", ended_at=None)
    assert "20 complaints of 60 messages" in told.words

    person = make_colleague(is_superuser=True)
    client.force_login(person)
    page = reverse("admin:brake")
    assert "20 complaints of 60 messages" in client.get(page).content.decode()
    client.post(page, {"verb": "go_on", "brake": pulled.pk})
    pulled.refresh_from_db()
    assert (state_of(run), pulled.released_by) == ("active", person)
    entry = AuditEntry.objects.filter(verb="brake").latest("pk")
    assert (entry.before["released"], entry.after["released"]) == (False, True)
    send.drain("bulk")
    assert len(taken()) == 3
    alerts.raise_alerts()
    told.refresh_from_db()
    assert told.ended_at is not None


def test_a_few_complaints_of_a_few_messages_prove_nothing():
    run = sent(10)
    complain(run, 4)
    assert brake.check() == []
    large = sent(900)
    complain(large, 5)  # 0.6 %: above the limit, and chance not ruled out
    assert brake.check() == []
    assert {state_of(run), state_of(large)} == {"active"}


def test_it_stays_pulled_until_a_person_says_so_and_counts_anew_from_then():
    run = sent(60)
    complain(run, 20)
    assert [one.campaign for one in brake.check()] == [run.campaign]
    long_ago = now() - timedelta(days=30)
    Message.objects.filter(run=run).update(sent_at=long_ago)  # out of every window
    assert brake.check() == []
    assert state_of(run) == "paused"
    Message.objects.filter(run=run).update(sent_at=now() - timedelta(minutes=1))
    campaign_state.resume(run.campaign)
    assert brake.check() == []
    assert state_of(run) == "active", "what was known then was decided then"
    Message.objects.filter(run=run, state="sent").update(sent_at=now())
    complain(run, 20)
    assert [one.campaign for one in brake.check()] == [run.campaign]
    assert Brake.objects.filter(campaign=run.campaign).count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_workers_pull_it_once(settings):
    run = sent(60)
    complain(run, 20)
    in_processes([lambda: len(brake.check())] * 4)
    assert Brake.objects.filter(campaign=run.campaign).count() == 1
    assert state_of(run) == "paused"


def test_complaints_spread_over_campaigns_stop_all_marketing_but_no_receipts(
    client,
):
    runs = [sent(40, waiting=1) for _ in range(6)]
    receipt = sent(0, waiting=2, kind="transactional")
    for run in runs:
        complain(run, 4)
    [pulled] = brake.check()
    assert (pulled.campaign, pulled.n, pulled.of) == (None, 24, 240)
    assert claim.has_due("bulk")
    send.drain("bulk")
    assert len(taken()) == 2
    waits = Message.objects.filter(run__in=runs, state=Message.State.QUEUED)
    assert waits.count() == 6
    assert not Message.objects.filter(run=receipt, state="queued").exists()
    client.force_login(make_colleague(is_superuser=True))
    client.post(reverse("admin:brake"), {"verb": "go_on", "brake": pulled.pk})
    assert brake.check() == []
    send.drain("bulk")
    assert not waits.exists()


def test_mailboxes_that_do_not_exist_count_at_the_door_and_later_full_ones_do_not():
    run = sent(400)
    of_run = Message.objects.filter(run=run).order_by("pk")
    for place, message in enumerate(of_run[:60]):
        evidence = {"lasting": place >= 30, "detail": "x"}
        Touchpoint.objects.create(
            message=message, kind="bounce", at=now(), evidence=evidence
        )
    assert brake.check() == [], "30 of 400 is not surely above 5 %"
    refused = of_run[100:130]
    Attempt.objects.bulk_create(
        Attempt(message=one, n=1, channel="email", provider="p", state="refused")
        for one in refused
    )
    Message.objects.filter(pk__in=[one.pk for one in refused]).update(
        state="failed", finished_at=now()
    )
    [pulled] = brake.check()
    assert (pulled.campaign_id, pulled.kind, pulled.n) == (
        run.campaign_id,
        "bounces",
        60,
    )
    assert pulled.of == 430


def counts(run: Run, by_days_ago: dict[int, int]) -> None:
    SentCount.objects.filter(campaign=run.campaign).delete()
    SentCount.objects.bulk_create(
        SentCount(
            campaign=run.campaign, begins_at=now() - timedelta(days=back, hours=1), n=n
        )
        for back, n in by_days_ago.items()
    )


def test_a_campaign_that_runs_wild_is_stopped_and_a_growing_one_is_not():
    run = sent(1)
    usual = {back: 900 + 10 * back for back in range(1, 21)}
    counts(run, usual | {0: 2_500})
    assert brake.check() == []
    counts(run, usual | {0: 6_000})
    assert {one.kind for one in brake.check()} == {"volume"}
    assert state_of(run) == "paused"


def test_a_new_shop_has_no_usual_day_yet():
    run = sent(1)
    counts(run, {1: 10, 2: 10, 0: 90_000})
    assert brake.check() == []


def test_what_leaves_is_counted_once_by_campaign_and_time():
    run = make_send(7)
    send.drain("bulk")
    customer_events.record_sent()
    assert (
        sum(SentCount.objects.filter(campaign=run.campaign).values_list("n", flat=True))
        == 7
    )


def test_limits_are_changed_on_the_page_and_it_can_be_turned_off(client):
    run = sent(60)
    complain(run, 20)
    client.force_login(make_colleague(is_superuser=True))
    page = reverse("admin:brake")
    form = {"complaints": "30", "bounces": "5", "unsubscribes": "2", "volume": "3"}
    client.post(page, {"verb": "limits", "is_on": "1", **form})
    assert shop_rules.brake().complaints == 0.3
    assert brake.check() == []
    client.post(page, {"verb": "limits", "is_on": "1", **form, "complaints": "-1"})
    client.post(page, {"verb": "limits", "is_on": "1", **form, "volume": "many"})
    assert shop_rules.brake().complaints == 0.3
    client.post(page, {"verb": "limits", **form, "complaints": "0.1"})
    assert (shop_rules.brake().is_on, figures()) == (False, [])
    assert brake.check() == []


def test_who_only_reads_lets_nothing_go_on(client):
    run = sent(60)
    complain(run, 20)
    [pulled, *_] = brake.check()
    reader = make_colleague()
    reader.groups.add(Group.objects.get(name="analyst"))
    client.force_login(reader)
    page = reverse("admin:brake")
    assert "Let it go on" not in client.get(page).content.decode()
    answer = client.post(page, {"verb": "go_on", "brake": pulled.pk})
    assert (answer.status_code, state_of(run)) == (403, "paused")


def test_bounds_are_those_of_the_tables():
    """Clopper and Pearson's and Garwood's, as published: 95 % two-sided."""
    assert rare_events.share_at_least(5, 50, 0.025) == pytest.approx(0.0333, abs=5e-5)
    assert rare_events.share_at_most(5, 50, 0.025) == pytest.approx(0.2181, abs=5e-5)
    assert rare_events.count_at_least(10, 0.025) == pytest.approx(4.795, abs=5e-4)
    assert rare_events.count_at_most(10, 0.025) == pytest.approx(18.39, abs=5e-3)
    assert rare_events.share_at_least(0, 50, 0.025) == 0
