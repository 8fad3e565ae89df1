"""Rows 16 and 17 on a real server: copies of one webhook at once, many ids of one cart,
replay; and how fast.
"""

import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from campaigns import tasks
from campaigns.delivery.sinks import ports
from campaigns.models import InboundWebhook, Message, Run
from retention_site.lib.clock import real_now
from tests.faults.checker import check
from tests.faults.sizes import at_both_sizes
from tests.sending import Sender, eventually, make_customers, make_hook, taken

pytestmark = pytest.mark.django_db(transaction=True)
N_AT_ONCE = 16


def post(address: str, raw: bytes, headers: dict[str, str]) -> int:
    request = urllib.request.Request(
        address, raw, {**headers, "Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def triggered(local_sinks, site, celery_workers):
    """A running shop: server, worker of the triggered lane, sinks."""
    celery_workers("triggered")
    return site


@at_both_sizes
def test_copies_and_carts_at_once_send_one_message_each(is_full, triggered):
    n = 1000 if is_full else 100
    hook, secret = make_hook("carts", key_field="cart.id")
    sender, (one, other) = Sender(secret), make_customers(2, "email")
    copy = sender.signed(
        {"customer_id": one.external_id, "cart": {"id": "a"}}, "evt_same"
    )
    of_one_cart = [
        sender.signed(
            {"customer_id": other.external_id, "cart": {"id": "b"}}, f"evt_{n}"
        )
        for n in range(n)
    ]
    address = f"{triggered}/hooks/{hook.slug}"
    with ThreadPoolExecutor(N_AT_ONCE) as pool:
        answers = list(
            pool.map(lambda sent: post(address, *sent), [copy] * n + of_one_cart)
        )
    assert answers == [200] * 2 * n
    assert InboundWebhook.objects.count() == n + 1
    assert eventually(
        lambda: InboundWebhook.objects.filter(state="processed").count() == n + 1, 60
    )
    assert eventually(lambda: len(taken()) == 2, 5)
    assert sorted(line["to"][0] for line in taken()) == sorted([one.email, other.email])
    check(ports.folder().parent, Run.objects.all())
    assert post(address, *copy) == 200, "a replay is answered like the first"
    raw, headers = copy
    assert post(address, raw + b" ", headers) == 401
    assert Message.objects.count() == 2


def test_a_webhook_is_a_message_at_the_mail_server_within_a_second(triggered):
    hook, secret = make_hook("fast")
    customers = make_customers(6, "email")
    address = f"{triggered}/hooks/{hook.slug}"
    seconds = [
        seconds_to_mail(address, Sender(secret), customer) for customer in customers
    ]
    print([round(one, 3) for one in seconds])
    assert sorted(seconds[1:])[len(seconds) // 2] < 1.0, (
        "the first one warms the server up"
    )


def seconds_to_mail(address: str, sender: Sender, customer) -> float:
    started = real_now().timestamp()
    assert (
        post(
            address,
            *sender.signed({"customer_id": customer.external_id}, f"evt_{customer.pk}"),
        )
        == 200
    )
    assert eventually(
        lambda: any(line["to"] == [customer.email] for line in taken()), 10
    )
    at = next(line["at"] for line in taken() if line["to"] == [customer.email])
    return datetime.fromisoformat(at).timestamp() - started


def test_a_worker_killed_while_it_processes_leaves_the_webhook_to_another(
    local_sinks, site, celery_workers
):
    hook, secret = make_hook("killed")
    customers = make_customers(30, "email")
    (worker,) = celery_workers("triggered")
    sender, address = Sender(secret), f"{site}/hooks/{hook.slug}"
    sending = threading.Thread(
        target=lambda: [
            post(address, *sender.signed({"customer_id": c.external_id}, f"e{c.pk}"))
            for c in customers
        ]
    )
    sending.start()
    eventually(lambda: InboundWebhook.objects.filter(state="processed").exists(), 10)
    worker.process.kill()
    sending.join()
    time.sleep(0.1)
    celery_workers("triggered")
    assert eventually(
        lambda: Message.objects.filter(state="sent").count() == 30,
        15,
        tasks.sweep_messages,
    )
    check(ports.folder().parent, Run.objects.all())
    assert sorted(line["to"][0] for line in taken()) == sorted(
        customer.email for customer in customers
    )
