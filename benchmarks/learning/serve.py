"""Answers for one customer, as a web process gives them: ready lists, the API, items
near an item, a typed query.

Generated, for speed only: 12,500 items with a vector each, 20,000 customers with three
lists of 20; who is asked about did 300 things. Times are of the whole call, database
included, the first ones left out.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import django

from benchmarks.figures import Figure
from retention_site.lib import embedded

N_ITEMS, N_CUSTOMERS, N_CALLS, N_FIRST = 12_500, 20_000, 300, 20
N_EVENTS = 300  # of each customer who is asked about
WANTED_MS = 50.0
WORDS = "bread milk coffee tea boots sandals laptop phone lamp chair soap towel".split()


def measure() -> Iterator[Figure]:
    embedded.ensure()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    ids, customers = _shop()
    _vectors(ids)
    yield from _calls(ids, customers)


def _calls(ids: list[str], customers: list[int]) -> Iterator[Figure]:
    from recommender import serving

    queries = [
        f"{adjective} {thing}"
        for adjective in ("fresh", "dark", "warm", "small")
        for thing in WORDS
    ]
    ask = _client()
    calls: dict[str, Callable[[int], Any]] = {
        "the API's answer for one customer, kept as shown": lambda at: ask(
            f"/v1/customers/c{at}/recommendations"
        ),
        "the lists of one customer": lambda at: serving.lists_for([customers[at]]),
        "items near one": lambda at: serving.similar_items(ids[at]),
        "a query, by meaning": lambda at: serving.search(
            queries[at % len(queries)] + f" {at}"
        ),
    }
    for what, call in calls.items():
        both = [_milliseconds(call, at) for at in range(N_FIRST + N_CALLS)][N_FIRST:]
        taken, burnt = (
            sorted(wall for wall, _cpu in both),
            sorted(cpu for _wall, cpu in both),
        )
        yield Figure(
            f"{what}, of the processor, median",
            round(burnt[len(burnt) // 2], 1),
            "CPU ms",
        )
        yield Figure(
            f"{what}, 95 of 100 within",
            round(taken[int(0.95 * len(taken))], 1),
            "ms",
            WANTED_MS,
            "wanted",
        )
    loaded = [
        name for name in ("torch", "transformers", "sklearn") if name in sys.modules
    ]
    yield Figure(
        "learning libraries that serving loaded", len(loaded), "", 0.0, "wanted"
    )


def _client() -> Callable[[str], None]:
    """Ask as a program does, through everything but the socket."""
    from django.test import Client

    from profiles.models import ApiKey

    client = Client(
        SERVER_NAME="localhost",
        headers={"Authorization": f"Bearer {ApiKey.make('read', name='bench')[1]}"},
    )

    def ask(address: str) -> None:
        found = client.get(address)
        if found.status_code != 200 or len(found.json()["items"]) != 10:
            raise RuntimeError(
                f"{address}: {found.status_code} {found.content[:200]!r}"
            )

    return ask


def _shop() -> tuple[list[str], list[int]]:
    from django.utils import timezone

    from profiles.models import Customer, Event, Item
    from recommender.models import RecommendationList

    items = [
        Item(external_id=f"i{n}", title=f"{WORDS[n % len(WORDS)]} {n}", category="A>B")
        for n in range(N_ITEMS)
    ]
    Item.objects.bulk_create(items, batch_size=5_000)
    made = Customer.objects.bulk_create(
        (Customer(external_id=f"c{n}") for n in range(N_CUSTOMERS)), batch_size=5_000
    )
    now = timezone.now()
    lists = (
        RecommendationList(
            customer=one,
            mode=mode,
            model="generated",
            as_of=now,
            items=_entries(one.pk),
        )
        for one in made
        for mode in ("all", "repeat", "discover")
    )
    RecommendationList.objects.bulk_create(lists, batch_size=5_000)
    asked = made[: N_FIRST + N_CALLS]
    done = (
        _event(Event, one, number, now) for one in asked for number in range(N_EVENTS)
    )
    Event.objects.bulk_create(done, batch_size=5_000)
    return [item.external_id for item in items], [one.pk for one in made]


def _event(kind: Any, customer: Any, number: int, now: datetime) -> Any:
    """What somebody did over half a year: mostly looking, now and then buying."""
    what = "purchase" if number % 4 == 0 else "view"
    bought = (
        {"quantity": 1, "price": 2, "currency": "USD"} if what == "purchase" else {}
    )
    item = f"i{(customer.pk * 7 + number % 40) % N_ITEMS}"
    at = now - timedelta(hours=1 + 14 * number)
    return kind(
        key=uuid.uuid4(),
        customer=customer,
        type=what,
        at=at,
        item_id=item,
        order_id=f"o{number}",
        **bought,
    )


def _entries(first: int) -> list[dict[str, Any]]:
    why = {"kind": "popular"}
    ids = [f"i{(first * 7 + place) % N_ITEMS}" for place in range(20)]
    return [
        {"item_id": item, "score": 1.0, "engine": "popularity", "why": why}
        for item in ids
    ]


def _vectors(ids: list[str]) -> None:
    """Draw the bundled model, and give every item a vector."""
    import numpy as np

    from recommender.encoders.fast import fast
    from recommender.encoders.scripts import SCRIPTS
    from recommender.encoders.selection import ENGLISH, named
    from recommender.vectors.encoding import models
    from recommender.vectors.item_space import About, Places, keep
    from recommender.vectors.store import Space, use

    slow = named(ENGLISH, models())
    encoder, why = fast(slow, models())
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((len(ids), encoder.n_dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    number = np.arange(len(ids))
    about = About(encoder.space, encoder.name, "", "", len(ids), 0)
    none = np.zeros((0, encoder.n_dimensions), np.float16)
    middle = np.zeros((len(SCRIPTS), encoder.n_dimensions), np.float32)
    use(
        Space(
            encoder.space, why, encoder.n_dimensions, encoder.name, str(encoder.folder)
        )
    )
    keep(
        Places(
            about,
            middle,
            tuple(ids),
            vectors,
            number.astype(np.int32),
            number,
            number[:0],
            none,
        )
    )


def _milliseconds(call: Callable[[int], Any], at: int) -> tuple[float, float]:
    """Wall time, which a busy machine stretches, and processor time, which it hardly
    does.
    """
    began, burnt = time.perf_counter(), time.process_time()
    call(at)
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - burnt)
