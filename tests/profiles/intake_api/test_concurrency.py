"""Many writers at once, each with its own connection: nothing is doubled, nobody waits
for ever, one person is one.
"""

import random
import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection

from profiles.identity import merge_customers
from profiles.intake import catalogue
from profiles.intake.ingest import EventIn, ingest
from profiles.intake.tracking import take
from profiles.models import Customer, Device, Event, Identity, Item, Merge

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2025, 3, 1, tzinfo=UTC)


def at_once(*works) -> None:
    """Run each in a thread of its own, all starting together; the first error fails the
    test.
    """
    errors, gate = [], threading.Barrier(len(works))

    def run(work):
        try:
            gate.wait()
            work()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not errors, errors


def test_same_events_from_six_writers_are_stored_once():
    events = [
        EventIn(f"c{n % 20}", "view", AT, f"m{n}", item_id=f"i{n % 7}")
        for n in range(300)
    ]

    def write(seed):
        mine = random.Random(seed).sample(events, len(events))
        for start in range(0, len(mine), 50):
            ingest(mine[start : start + 50], source="web")

    at_once(*(lambda seed=seed: write(seed) for seed in range(6)))
    assert (Event.objects.count(), Customer.objects.count(), Item.objects.count()) == (
        300,
        20,
        7,
    )


def test_one_order_told_by_six_writers_counts_once():
    """Placed, updated, refunded, each told many times over, in another order by each of
    six writers.
    """
    tea = {"product_id": "tea", "price": 10, "quantity": 3}
    refund = {"refund_id": "r1", "products": [{"product_id": "tea", "quantity": 1}]}
    said = [
        {
            "event": "Order Completed",
            "properties": {"products": [tea]},
            "timestamp": "2025-03-01T10:00:00Z",
        },
        {
            "event": "Order Updated",
            "properties": {"products": [tea | {"quantity": 2}]},
            "timestamp": "2025-03-02T10:00:00Z",
        },
        {
            "event": "Order Refunded",
            "properties": refund,
            "timestamp": "2025-03-03T10:00:00Z",
        },
    ]
    messages = [
        {
            **one,
            "type": "track",
            "userId": "anna",
            "properties": one["properties"] | {"order_id": f"o{n}"},
        }
        for one in said
        for n in range(5)
    ]

    def write(seed):
        mine = random.Random(seed).sample(messages * 2, len(messages) * 2)
        for start in range(0, len(mine), 6):
            take(mine[start : start + 6], source="web")

    at_once(*(lambda seed=seed: write(seed) for seed in range(6)))
    facts = Event.objects.exclude(quantity=None).values_list(
        "order_id", "quantity", "price"
    )
    sums = {
        f"o{n}": sum(q * p for order, q, p in facts if order == f"o{n}")
        for n in range(5)
    }
    assert set(sums.values()) == {10}


def test_merges_of_the_same_people_end_in_one_customer():
    """Twelve ids of one person, told pair by pair in another order by each of six
    writers.
    """
    ids = [{"userId": "u0"}] + [{"anonymousId": f"a{n}"} for n in range(11)]
    take(
        [
            {"type": "track", "event": "view", "messageId": f"m{n}"} | one
            for n, one in enumerate(ids)
        ],
        source="web",
    )
    email = {"traits": {"email": "anna@shop.example"}}
    said = [{"type": "identify", **one, **email} for one in ids]
    said += [
        {"type": "alias", "previousId": one["anonymousId"], **other}
        for other, one in pairwise(ids)
    ]

    def write(seed):
        for message in random.Random(seed).sample(said, len(said)):
            assert not take([message], source="web").failed

    at_once(*(lambda seed=seed: write(seed) for seed in range(6)))
    assert set(
        Customer.objects.filter(merged_into=None).values_list("external_id", flat=True)
    ) == {"u0"}
    assert not Customer.objects.filter(
        merged_into__merged_into__isnull=False
    ).exists(), "one step to the person"
    assert Merge.objects.standing().count() == len(ids) - 1
    assert Customer.objects.get(external_id="u0").email == "anna@shop.example"


def test_first_sight_of_an_anonymous_visitor_by_many_is_one_visitor():
    def write(n):
        take(
            [
                {
                    "type": "track",
                    "event": "view",
                    "anonymousId": "a1",
                    "messageId": f"m{n}",
                    "context": {"device": {"id": "d1", "token": "t1"}},
                }
            ],
            source="web",
        )

    at_once(*(lambda n=n: write(n) for n in range(8)))
    assert (
        Customer.objects.count(),
        Event.objects.count(),
        Device.objects.count(),
    ) == (1, 8, 1)
    assert Identity.objects.count() == 2


def test_joining_parting_and_describing_at_once_ends():
    take(
        [
            {"type": "identify", "userId": f"u{n}", "traits": {"size": n}}
            for n in range(6)
        ],
        source="web",
    )
    stop = threading.Event()

    def join():
        for n in range(15):
            take(
                [
                    {
                        "type": "alias",
                        "previousId": f"u{n % 5}",
                        "userId": f"u{n % 5 + 1}",
                    }
                ],
                source="web",
            )
        stop.set()

    def part():
        while not stop.is_set():
            for merge in Merge.objects.standing():
                merge_customers.undo(merge)

    def tell(seed):
        rng = random.Random(seed)
        for n in range(25):
            at = (AT + timedelta(minutes=n)).isoformat()
            messages = [
                {
                    "type": "identify",
                    "userId": f"u{one}",
                    "timestamp": at,
                    "traits": {"size": n},
                }
                for one in rng.sample(range(6), 4)
            ]
            take(messages, source="web")

    at_once(join, part, lambda: tell(1), lambda: tell(2))
    for merge in Merge.objects.standing():
        merge_customers.undo(merge)
    assert not Customer.objects.exclude(merged_into=None).exists()
    assert not Customer.objects.exclude(borrowed={}).exists()
    assert {c.traits["size"] for c in Customer.objects.all()} <= set(range(25))


def test_catalogue_from_many_writers():
    items = [
        {"item_id": f"i{n}", "title": f"Bread {n}", "price": n} for n in range(100)
    ]
    at_once(
        *(
            lambda seed=seed: catalogue.stock(
                random.Random(seed).sample(items, 100), source="web"
            )
            for seed in range(5)
        ),
        lambda: ingest(
            [
                EventIn("c1", "view", AT, f"m{n}", item_id=f"i{99 - n}")
                for n in range(100)
            ],
            source="web",
        ),
    )
    assert list(
        Item.objects.values_list("title", flat=True).distinct().order_by("title")
    )[:1] == ["Bread 0"]
    assert Item.objects.count() == 100
