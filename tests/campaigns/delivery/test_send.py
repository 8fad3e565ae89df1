"""From queued to sent, and every way not to be."""

import time
from datetime import timedelta
from email.message import EmailMessage
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.delivery import backpressure, claim, prepare, send, sweep
from campaigns.delivery.gating import send_rules, suppression
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.sinks import log, ports
from campaigns.models import Attempt, CampaignVersion, CapSlot, Message, ProviderRate
from campaigns.rendering import compose
from profiles.models import Consent, Customer, Event
from retention_site.lib.clock import now
from tests.factories import make_consent, make_customer
from tests.sending import (
    make_customers,
    make_send,
    only_message,
    pause,
    states,
    stop,
    taken,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_sinks")]


def last_mail() -> EmailMessage:
    return log.mail(taken("email")[-1])


def test_mail_arrives_with_its_words_and_headers():
    run = make_send(1)
    assert send.drain("bulk") == 1
    message, mail = only_message(run), last_mail()
    assert message.state == "sent"
    assert mail["Subject"] == "Hello Ada"
    assert mail["To"] == f"Ada <{message.customer.email}>"
    assert mail["Message-ID"] == f"<{message.message_id}@rapport.example>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"/u/{message.pk}." in mail["List-Unsubscribe"]
    assert "Dear Ada" in mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "https://shop.example/bread" not in html, (
        "the link leads over the click page"
    )
    assert f"/c/{message.pk}-" in html
    assert f"/o/{message.pk}." in html


@pytest.mark.parametrize("channel", ["sms", "push", "webhook"])
def test_every_channel_reaches_its_sink(channel):
    run = make_send(3, channel)
    send.drain("bulk")
    assert states(run) == {"sent": 3}
    keys = {line["key"].removeprefix("msg_") for line in taken(channel)}
    assert keys == set(
        Message.objects.filter(run=run).values_list("message_id", flat=True)
    )


def test_transactional_mail_asks_no_consent_and_has_no_unsubscribe():
    run = make_send(1, customers=[make_customer()], kind="transactional")
    send.drain("bulk")
    assert states(run) == {"sent": 1}
    assert last_mail()["List-Unsubscribe"] is None


def test_sending_is_told_once_as_an_event_of_the_customer():
    run = make_send(2)
    send.drain("bulk")
    sweep.sweep()
    assert (
        Event.objects.filter(type="message_sent", campaign_id=run.campaign.name).count()
        == 2
    )


def test_a_campaign_to_many_gives_way_to_who_waits_for_a_message(monkeypatch):
    many, one = make_send(2), make_send(1, lane="triggered")

    def rest(_seconds: float) -> None:
        send.drain("triggered")  # meanwhile, elsewhere

    monkeypatch.setattr(
        backpressure, "time", SimpleNamespace(monotonic=time.monotonic, sleep=rest)
    )
    send.drain("bulk")
    assert (states(many), states(one)) == ({"sent": 2}, {"sent": 1})
    assert taken()[0]["to"] == [only_message(one).customer.email]


def test_nobody_waits_for_ever_for_who_is_not_served(monkeypatch):
    many, one, rests = make_send(1), make_send(1, lane="triggered"), []
    clock = SimpleNamespace(monotonic=lambda: len(rests) * 0.02, sleep=rests.append)
    monkeypatch.setattr(backpressure, "time", clock)
    send.drain("bulk")
    assert (states(many), states(one), len(rests)) == ({"sent": 1}, {"queued": 1}, 3)


def test_an_attempt_is_recorded_for_each_try():
    run = make_send(1)
    send.drain("bulk")
    attempt = Attempt.objects.get(message__run=run)
    assert (attempt.n, attempt.state, attempt.code) == (1, "accepted", "250")


def test_no_consent_no_message():
    run = make_send(customers=[make_customer()])
    send.drain("bulk")
    assert (only_message(run).state, only_message(run).reason) == (
        "suppressed",
        "consent never given",
    )
    assert taken() == []


@pytest.mark.parametrize(
    ("topic", "status", "days_ago", "expected"),
    [
        ("", "withdrawn", 1, "suppressed"),
        ("offers", "withdrawn", 1, "suppressed"),
        ("news", "withdrawn", 1, "sent"),
        # an older statement than the consent of nine days ago
        ("offers", "withdrawn", 20, "sent"),
        ("offers", "pending", 1, "suppressed"),
        ("offers", "withdrawn", -1, "suppressed"),  # dated ahead, and yet a no
        ("offers", "granted", -1, "sent"),
    ],
)
def test_the_newest_statement_about_channel_and_topic_holds(
    topic, status, days_ago, expected
):
    customer = make_customers(1, "email")[0]
    make_consent(
        customer, topic=topic, status=status, at=now() - timedelta(days=days_ago)
    )
    run = make_send(customers=[customer])
    send.drain("bulk")
    assert states(run) == {expected: 1}


def test_withdrawal_wins_a_tie():
    customer, moment = make_customer(), now() - timedelta(days=1)
    make_consent(customer, at=moment)
    make_consent(customer, at=moment, status="withdrawn")
    run = make_send(customers=[customer])
    send.drain("bulk")
    assert states(run) == {"suppressed": 1}


def test_a_merged_customer_is_written_to_at_the_survivors_address_by_the_persons_consent():
    survivor = make_customer()
    merged = make_customer(merged_into=survivor)
    make_consent(merged)
    run = make_send(customers=[merged])
    send.drain("bulk")
    assert states(run) == {"sent": 1}
    assert taken()[0]["to"] == [survivor.email]
    make_consent(survivor, status="withdrawn", at=now())
    again = make_send(customers=[merged])
    send.drain("bulk")
    assert states(again) == {"suppressed": 1}


def test_suppressed_address_is_not_written_to():
    customer = make_customers(1, "email")[0]
    suppression.suppress(channel_named("email")(), customer.email.upper(), "complaint")
    run = make_send(customers=[customer])
    send.drain("bulk")
    assert only_message(run).reason == "this address must not be written to: complaint"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"email": ""}, "no e-mail address"),
        ({"email": "nobody"}, "not an e-mail address"),
        (
            {"email": "a@b.example\r\nBcc: all@b.example"},
            "the part before @ of the e-mail address is not valid",
        ),
        (
            {"email": "a b@c.example"},
            "the part before @ of the e-mail address is not valid",
        ),
    ],
)
def test_a_customer_without_a_good_address_fails_with_the_reason_and_harms_no_other(
    facts, reason
):
    bad = make_customers(1, "email", **facts)
    good = make_customers(1, "email")
    run = make_send(customers=bad + good)
    send.drain("bulk")
    assert Message.objects.get(run=run, customer=bad[0]).reason == reason
    assert Message.objects.get(run=run, customer=good[0]).state == "sent"


def test_erased_customer_gets_nothing():
    customer = make_customers(1, "email")[0]
    run = make_send(customers=[customer])
    Customer.objects.update(erased_at=now())
    send.drain("bulk")
    assert states(run) == {"erased": 1}


def test_late_message_is_dropped_not_sent():
    run = make_send(1)
    Message.objects.update(expires_at=now() - timedelta(seconds=1))
    send.drain("bulk")
    assert states(run) == {"expired": 1}


def test_stopped_campaign_cancels_and_paused_one_waits():
    stopped, paused = make_send(2), make_send(2)
    stop(stopped.campaign)
    pause(paused.campaign)
    send.drain("bulk")
    assert states(stopped) == {"cancelled": 2}
    assert states(paused) == {"queued": 2}
    assert claim.claim("bulk").messages == [], (
        "nobody takes what is paused in hand again and again"
    )


def test_quiet_hours_wait_until_the_customers_own_morning():
    local = now()
    an_hour = timedelta(hours=1)
    quiet = {"start": f"{local - an_hour:%H:%M}", "end": f"{local + an_hour:%H:%M}"}
    here = make_customers(1, "email", time_zone="UTC")
    far = make_customers(1, "email", time_zone="Asia/Kathmandu")
    run = make_send(customers=here + far, quiet_hours={**quiet, "channels": []})
    send.drain("bulk")
    waiting = Message.objects.get(run=run, customer=here[0])
    assert (waiting.state, waiting.reason) == ("queued", "quiet hours")
    assert timedelta(minutes=58) < waiting.not_before - local <= timedelta(minutes=60)
    assert Message.objects.get(run=run, customer=far[0]).state == "sent"


def test_quiet_hours_hold_only_on_their_channels():
    run = make_send(
        1, quiet_hours={"start": "00:00", "end": "23:59:59", "channels": ["sms"]}
    )
    send.drain("bulk")
    assert states(run) == {"sent": 1}


def test_weekly_limit_counts_messages_of_all_campaigns():
    customer = make_customers(1, "email")
    runs = [make_send(customers=customer, limits={"per_week": 2}) for _ in range(3)]
    send.drain("bulk")
    assert sorted(only_message(run).state for run in runs) == ["capped", "sent", "sent"]
    assert [
        only_message(run).reason for run in runs if only_message(run).state == "capped"
    ] == ["weekly limit reached"]


def test_a_message_that_fails_gives_its_slot_back():
    run = make_send(
        customers=make_customers(1, "email"),
        limits={"per_day": 1},
        messages={"email": {}},
    )
    send.drain("bulk")
    assert states(run) == {"failed": 1}
    assert not CapSlot.objects.exists()


def test_words_that_miss_a_value_fail_alone():
    run = make_send(2)
    broken = Message.objects.filter(run=run).first()
    Message.objects.filter(pk=broken.pk).update(context={})
    send.drain("bulk")
    broken.refresh_from_db()
    assert broken.state == "failed"
    assert "customer is missing" in broken.reason
    assert states(run) == {"failed": 1, "sent": 1}


def test_provider_rate_lets_the_rest_wait():
    ProviderRate.objects.create(
        provider=channel_named("email")().provider, per_second=1, burst=3
    )
    run = make_send(5)
    send.drain("bulk")
    assert states(run) == {"sent": 3, "queued": 2}
    assert (
        Message.objects.filter(run=run, state="queued", not_before__gt=now()).count()
        == 2
    )


def test_a_batch_costs_a_fixed_number_of_queries():
    def cost(n: int) -> int:
        make_send(n, limits={"per_week": 5})
        send_rules._known.clear()
        with CaptureQueriesContext(connection) as seen:
            send.send(claim.claim("bulk"))
        return len(
            [
                one
                for one in seen.captured_queries
                if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))
            ]
        )

    cost(3)
    assert cost(20) == cost(3), "one group of 20 costs what a group of 3 costs"


def test_run_is_finished_only_when_nothing_is_left():
    run = make_send(2)
    pause(run.campaign)
    sweep.sweep()
    run.refresh_from_db()
    assert run.state == "sending"
    run.campaign.state = "active"
    run.campaign.save()
    send.drain("bulk")
    sweep.sweep()
    run.refresh_from_db()
    assert run.state == "finished"


def test_a_standing_run_of_triggers_stays_open():
    run = make_send(1, lane="triggered")
    run.n_audience = None
    run.save()
    send.drain("triggered")
    sweep.sweep()
    run.refresh_from_db()
    assert run.state == "sending"


def test_triggered_lane_is_not_touched_by_the_bulk_lane():
    run = make_send(1, lane="triggered")
    assert send.drain("bulk") == 0
    assert send.drain("triggered") == 1
    assert states(run) == {"sent": 1}


def test_opt_out_between_claim_and_intent_wins(monkeypatch):
    run = make_send(3)
    batch = claim.claim("bulk")
    late = batch.messages[1].customer
    ready = prepare.prepare(batch)
    Consent.objects.create(customer=late, channel="email", status="withdrawn", at=now())
    monkeypatch.setattr(send, "prepare", lambda _batch: ready)
    send.send(batch)
    monkeypatch.undo()
    assert states(run) == {"sent": 2, "queued": 1}
    send.drain("bulk")
    assert states(run) == {"sent": 2, "suppressed": 1}


def test_a_channel_that_is_gone_and_an_error_of_our_own_harm_no_other(monkeypatch):
    strange, broken, good = make_send(1, "email"), make_send(1), make_send(1)
    Message.objects.filter(run=strange).update(channel="pigeon")
    say = compose.say

    def careless(message):
        if message.run_id == broken.pk:
            raise ZeroDivisionError("by zero")
        return say(message)

    monkeypatch.setattr(compose, "say", careless)
    send.drain("bulk")
    assert only_message(strange).reason == "there is no channel 'pigeon'"
    assert (
        only_message(broken).reason
        == "could not be written: ZeroDivisionError: by zero"
    )
    assert states(good) == {"sent": 1}


def test_a_provider_address_that_is_none_lets_messages_wait_and_says_why(settings):
    settings.EMAIL_URL = "mail.example"
    # named as a real gateway is: beside a real channel none is left to the local sink
    settings.SMS_URL = f"http://127.0.0.1:{ports.read().http}/sms?idempotent=1"
    run, other = make_send(1), make_send(1, "sms")
    send.drain("bulk")
    assert only_message(run).reason.startswith(
        "not sent: 'mail.example' is no provider's address"
    )
    assert states(other) == {"sent": 1}


def test_a_run_whose_number_means_another_one_after_a_restore_is_sent_by_its_own_rules():
    customers = make_customers(1, "email")
    first = make_send(customers=customers)
    send.drain("bulk")
    again = make_send(customers=customers, limits={"per_day": 1})
    restored = {"content": again.version.content, "hash": again.version.hash}
    CampaignVersion.objects.filter(pk=first.version_id).update(**restored)
    Message.objects.filter(run=first).update(state="queued")
    send.drain("bulk")
    assert CapSlot.objects.filter(customer=customers[0]).count() == 1, (
        "the limit of the content that stands there now"
    )
