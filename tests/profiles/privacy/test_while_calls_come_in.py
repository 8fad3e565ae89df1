"""Erased while the shop goes on sending: whatever is under way, nothing of the person
is left at the end.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from profiles.intake.tracking import take
from profiles.models import Customer, DataRequest, Event, Identity
from profiles.privacy import erasure
from tests import looking

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_folders"),
]
AT = datetime(2025, 3, 1, tzinfo=UTC).isoformat()
WORDS = ("quexworth", "anon-qx", "cust-qx")


def said(n: int) -> list[dict]:
    """A call in which the person is known by two ids, an anonymous one and an address,
    and another person is too.
    """
    one = {
        "type": "identify",
        "messageId": f"i{n}",
        "timestamp": AT,
        "userId": f"CUST-QX-{n % 2}",
        "anonymousId": f"anon-qx-{n % 7}",
        "traits": {"email": "a@quexworth.example", "lastName": "Quexworth"},
    }
    two = {
        "type": "track",
        "event": "Product Viewed",
        "messageId": f"t{n}",
        "timestamp": AT,
        "anonymousId": f"anon-qx-{n % 7}",
        "properties": {"product_id": f"p{n % 5}"},
    }
    other = two | {"messageId": f"o{n}", "anonymousId": "somebody else"}
    return [one, two, other]


def at_once(*works: Callable[[], object]) -> None:
    errors: list[Exception] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not errors, errors


def test_nothing_is_left_of_a_person_who_goes_on_clicking():
    take(said(0), source="web")
    n_calls, many = 4, threading.Event()

    def write(seed: int) -> None:
        for n in range(1, 40):
            take(said(n * n_calls + seed), source="web")
            if n == 10:
                many.set()

    def erase() -> None:
        many.wait(20)
        erasure.finish(erasure.begin("CUST-QX-0"))

    at_once(*(lambda seed=seed: write(seed) for seed in range(n_calls)), erase)
    DataRequest.objects.update(finished_at=Now() - timedelta(hours=1))
    erasure.look_again()
    assert looking.hits(WORDS) == {}
    assert Event.objects.count() == 1 + 39 * n_calls, (
        "only the other person's events are there"
    )
    assert not Identity.objects.exclude(value="somebody else").exists()


def test_two_who_erase_the_same_person_make_one_request():
    take(said(0), source="web")
    at_once(*[lambda: erasure.finish(erasure.begin("CUST-QX-0"))] * 4)
    assert DataRequest.objects.count() == 1
    assert Customer.objects.known().count() == 1
