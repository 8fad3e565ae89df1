"""Rows 11 and 12: mail servers and gateways that misbehave, recipient by recipient."""

import os
import signal
import sys

import pytest

from campaigns import tasks
from campaigns.delivery import send
from campaigns.delivery.sinks import ports
from campaigns.models import Attempt, Message, Suppression
from retention_site.lib.processes.programs import Program
from tests.faults.checker import check
from tests.faults.forks import Fork
from tests.sending import eventually, make_customers, make_send, taken

pytestmark = pytest.mark.django_db(transaction=True)
MISBEHAVING = Program("sinks", [sys.executable, "-m", "tests.faults.misbehaving_sinks"])
MAIL = {
    "421": "sent",
    "450": "sent",
    "550": "failed",
    "451": "sent",
    "554": "failed",
    "dropbefore": "sent",
    "dropafter": "sent",
    "hang": "sent",
    "garbage": "sent",
    "slow": "sent",
    "good": "sent",
}
PLAIN_MAIL = MAIL | {
    "dropbefore": "unknown",
    "dropafter": "unknown",
    "hang": "unknown",
    "garbage": "unknown",
}
GATEWAY = {
    "429": "sent",
    "503": "sent",
    "500": "sent",
    "broken": "sent",
    "drip": "sent",
    "422": "failed",
    "good": "sent",
}


@pytest.fixture
def bad_sinks(launch) -> ports.Ports:
    running = launch(MISBEHAVING)
    assert eventually(lambda: "listening" in running.said(), 20), running.said()
    return ports.read()


def work_until_done(run) -> None:
    def step() -> None:
        send.drain("bulk")
        tasks.sweep_messages()

    assert eventually(
        lambda: not Message.objects.live().filter(run=run).exists(), 20, step
    ), "messages are left"


def send_to(names: dict[str, str], **content: object):
    """Two recipients of each kind between good ones, so that each fault has neighbours."""
    customers = [
        customer
        for n in range(2)
        for name in names
        for customer in (
            *make_customers(1, "email", email=f"{name}-{n}@x.example"),
            *make_customers(1, "email"),
        )
    ]
    return make_send(customers=customers, **content)


def states_by_name(run) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for email, state in Message.objects.filter(run=run).values_list(
        "customer__email", "state"
    ):
        found.setdefault(
            email.partition("-")[0] if "@x." in email else "good", set()
        ).add(state)
    return found


def test_mail_server_that_answers_when_asked(bad_sinks):
    run = send_to(MAIL)
    work_until_done(run)
    check(ports.folder().parent, [run])
    assert states_by_name(run) == {name: {state} for name, state in MAIL.items()}
    reason = Message.objects.get(customer__email="550-0@x.example").reason
    assert reason.startswith("refused: 550 5.1.1")
    assert Suppression.objects.count() == 2, (
        "a mailbox that does not exist is not written to again"
    )


def test_plain_mail_server_leaves_doubts_to_a_person(bad_sinks, settings):
    settings.EMAIL_URL = f"smtp://127.0.0.1:{bad_sinks.smtp}"
    run = send_to(PLAIN_MAIL)
    work_until_done(run)
    check(ports.folder().parent, [run])
    assert states_by_name(run) == {name: {state} for name, state in PLAIN_MAIL.items()}


def test_mail_that_must_arrive_is_tried_again(bad_sinks, settings):
    settings.EMAIL_URL = f"smtp://127.0.0.1:{bad_sinks.smtp}"
    run = send_to(MAIL, must_arrive=True)
    work_until_done(run)
    check(ports.folder().parent, [run])
    assert states_by_name(run) == {name: {state} for name, state in MAIL.items()}


def test_gateway_of_the_wrong_kind(bad_sinks):
    customers = [
        one for name in GATEWAY for one in make_customers(2, "sms", first_name=name)
    ]
    run = make_send(
        customers=customers,
        channel="sms",
        messages={"sms": {"text": "{{ customer.first_name }} day"}},
    )
    work_until_done(run)
    check(ports.folder().parent, [run])
    found: dict[str, set[str]] = {}
    for name, state in Message.objects.filter(run=run).values_list(
        "customer__first_name", "state"
    ):
        found.setdefault(name, set()).add(state)
    assert found == {name: {state} for name, state in GATEWAY.items()}
    waits = Attempt.objects.filter(message__customer__first_name="429", n=1)
    assert {attempt.code for attempt in waits} == {"429"}


def test_sinks_that_die_and_come_back_lose_nothing(launch):
    sinks = launch(MISBEHAVING, {"FAULT_DELAY": "0.01"})
    assert eventually(lambda: "listening" in sinks.said(), 20), sinks.said()
    run = make_send(60)
    worker = Fork(lambda: send.drain("bulk"))
    worker.go()
    eventually(taken, 5)
    os.kill(sinks.process.pid, signal.SIGKILL)
    sinks.process.wait()
    worker.answer()
    again = launch(MISBEHAVING)
    assert eventually(lambda: "listening" in again.said(), 20), again.said()
    work_until_done(run)
    assert check(ports.folder().parent, [run]) == {"sent": 60}
