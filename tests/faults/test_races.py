"""Rows 13, 21, 22, 23, 24: many processes want the same thing at the same moment."""

import random
import time
from datetime import timedelta

import pytest
from django.db.models import Count
from django.test import Client

from campaigns.delivery import claim, send, sweep
from campaigns.delivery.limits import contact_pace, rate_limit
from campaigns.delivery.sinks import ports
from campaigns.models import Attempt, Message, ProviderRate
from campaigns.rendering import links
from profiles.privacy import erasure
from retention_site.lib.clock import now, real_now
from tests.faults.checker import OptOut, check
from tests.faults.forks import Fork, in_processes
from tests.faults.sizes import at_both_sizes
from tests.sending import make_customers, make_send, states, taken

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("local_sinks"),
]


def test_every_message_is_claimed_by_one_worker(settings, monkeypatch):
    settings.SEND_BATCH = 50
    monkeypatch.setattr(claim, "load", lambda ids: ids)
    run = make_send(1500)
    claimed = in_processes([claim_all] * 6)
    expected = (
        Message.objects.filter(run=run).order_by("pk").values_list("pk", flat=True)
    )
    assert sorted(pk for pks in claimed for pk in pks) == list(expected)


def claim_all() -> list:
    claimed: list = []
    while batch := claim.claim("bulk").messages:
        claimed += batch
    return claimed


def test_cap_of_three_holds_against_sixteen_campaigns_and_eight_workers(settings):
    settings.SEND_BATCH = 2
    customers = make_customers(3, "email")
    runs = [make_send(customers=customers, limits={"per_week": 3}) for _ in range(16)]
    in_processes([lambda: send.drain("bulk")] * 8)
    send.drain("bulk")  # what a busy machine let run past its lease
    counts = check(ports.folder().parent, runs)
    assert counts == {"sent": 9, "capped": 39}
    per_customer = (
        Message.objects.filter(state="sent").values("customer").annotate(n=Count("pk"))
    )
    assert [row["n"] for row in per_customer] == [3, 3, 3]


def test_two_limits_at_once_leave_no_slot_behind():
    customers = make_customers(2, "email")
    runs = [
        make_send(customers=customers, limits={"per_day": 1, "per_month": 5})
        for _ in range(6)
    ]
    in_processes([lambda: send.drain("bulk")] * 4)
    send.drain("bulk")
    assert check(ports.folder().parent, runs) == {"sent": 2, "capped": 10}


def test_less_often_holds_against_eight_processes():
    customers = make_customers(3, "email")
    for customer in customers:
        contact_pace.state(customer, wants_less=True, source="test")
    for _campaign in range(10):
        make_send(customers=customers)
    in_processes([lambda: send.drain("bulk")] * 8)
    sent = Message.objects.filter(state="sent")
    assert sorted(sent.values_list("customer", flat=True)) == sorted(
        customer.pk for customer in customers
    )


def test_send_rate_holds_against_eight_processes():
    ProviderRate.objects.create(provider="p", per_second=50, burst=20)
    started = time.monotonic()
    granted = sum(in_processes([lambda: take_for(0.5)] * 8))
    seconds = time.monotonic() - started
    assert 20 <= granted <= 20 + 50 * seconds + 1


def take_for(seconds: float) -> int:
    deadline, n = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        n += rate_limit.take("p", 7)[0]
        time.sleep(0.005)
    return n


@at_both_sizes
@pytest.mark.usefixtures("unhurried")
def test_opt_outs_at_random_moments_are_the_last_word(is_full):
    n = 3000 if is_full else 300
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    customers = make_customers(n, "email")
    run = make_send(customers=customers)
    leaving = rng.sample(list(Message.objects.filter(run=run)), n // 5)
    # so that the first opt-out waits for nothing to be read: somebody else's is before it
    other = make_send(customers=make_customers(1, "email"))
    unsubscribe(Message.objects.get(run=other))
    workers = [Fork(lambda: send.drain("bulk")) for _ in range(2)]
    for worker in workers:
        worker.go()
    optouts = [unsubscribe(message) for message in leaving]
    for worker in workers:
        worker.answer()
    counts = check(ports.folder().parent, [run], optouts)
    print(dict(counts))
    assert counts["sent"] + counts["suppressed"] == n
    assert counts["suppressed"] > 0, "the test means to meet messages that still wait"


def unsubscribe(message: Message) -> OptOut:
    address = links.unsubscribe_url(message.pk).removeprefix("http://127.0.0.1:8000")
    assert Client().post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    return OptOut(message.customer_id, real_now())


@pytest.mark.usefixtures("unhurried")
def test_erasures_at_random_moments_are_the_last_word():
    customers = make_customers(120, "email")
    run = make_send(customers=customers)
    leaving = random.Random(24).sample(customers, 12)
    workers = [Fork(lambda: send.drain("bulk")) for _ in range(2)]
    for worker in workers:
        worker.go()
    gone = []
    for customer in leaving:
        erasure.begin(customer.external_id)
        gone.append(OptOut(customer.pk, real_now()))
    for worker in workers:
        worker.answer()
    send.drain("bulk")
    counts = check(ports.folder().parent, [run], gone)
    assert counts["sent"] + counts["erased"] == 120
    assert counts["erased"] > 0, "the test means to meet messages that still wait"


def test_pause_stops_within_one_batch(settings):
    run = make_send(400)
    worker = Fork(lambda: send.drain("bulk"))
    worker.go()
    while not taken():
        time.sleep(0.005)
    run.campaign.state = "paused"
    run.campaign.save()
    n_at_pause = len(taken())
    worker.answer()
    assert len(taken()) - n_at_pause <= settings.SEND_BATCH
    assert states(run)["queued"] > 0


def test_sweeps_of_four_beats_settle_each_doubt_once(settings):
    run = make_send(40, "sms")
    batch = [message.pk for message in claim_all()]
    Message.objects.filter(pk__in=batch).update(
        state="sending",
        n_attempts=1,
        lease_until=real_now() - timedelta(seconds=9),
        message_id="x",
    )
    Attempt.objects.bulk_create(
        Attempt(
            message_id=pk,
            n=1,
            channel="sms",
            provider="p",
            state="intent",
            started_at=now(),
        )
        for pk in batch
    )
    settings.SEND_LEASE_SECONDS = 0.5
    in_processes([sweep.sweep] * 4)
    time.sleep(0.2)
    in_processes([sweep.sweep] * 4)
    assert states(run) == {"queued": 40}
    settings.SEND_LEASE_SECONDS = 20
    in_processes([lambda: send.drain("bulk")] * 2)
    send.drain("bulk")
    assert check(ports.folder().parent, [run]) == {"sent": 40}
