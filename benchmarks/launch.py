"""A launch from its rule to message rows: 500,000 and 1,000,000 customers, two
planners, full durability.

The audience is chosen by a rule on a history that was refreshed before, frozen, decided
about and written part by part, parts claimed in turn. A fifth is held out, all have an
address and consent. A tenth as many with a fixed coupon each: every coupon is a row of
its own. Products are left out: serving them is another benchmark's.
"""

import resource
import time
from collections.abc import Iterator
from functools import partial

from benchmarks.figures import Figure

SIZES = (500_000, 1_000_000)
SHARE_WITH_COUPONS = 10  # one in so many
N_PLANNERS = 2
WANTED_SECONDS, WANTED_MIB = 40, 1024
CUSTOMERS = """
    INSERT INTO profiles_customer (external_id, email, region, first_name)
    SELECT 'many-' || n, 'many-' || n || '@shoppers.example', 'east', 'Mary' FROM generate_series(%s, %s) AS n
"""
CONSENTS = """
    INSERT INTO profiles_consent (customer_id, channel, topic, status, at)
    SELECT id, 'email', '', 'granted', now() - interval '9 days' FROM profiles_customer WHERE region = 'east'
    ON CONFLICT DO NOTHING
"""
CHUNK = 5_000  # of one part
OFFER = {
    "pool": "bench",
    "cap": 10**7,
    "budget": 10**9,
    "value": {"policy": "fixed", "amount": 5},
}
WORDS = {
    "subject": "Hello",
    "html": "<p>Hello</p>",
    "text": "Hello {{ coupon.code | default: '' }}",
}


def measure() -> Iterator[Figure]:
    _make_shop()
    had, first = 0, {}
    for size in SIZES:
        _add_customers(had + 1, size)
        had = size
        for name, offer, n in (
            ("bare", None, size),
            ("with coupons", OFFER, size // SHARE_WITH_COUPONS),
        ):
            seconds = _launch(f"{name} {size}", offer, n)
            against = (
                (first[name] * size / SIZES[0], "linear")
                if name in first
                else (None, "")
            )
            first.setdefault(name, seconds)
            yield Figure(f"{n:,} messages planned, {name}", seconds, "s", *against)
            if (size, name) == (SIZES[-1], "bare"):
                yield Figure(
                    f"{n:,} messages planned, {name}",
                    seconds,
                    "s",
                    WANTED_SECONDS,
                    "wanted at most",
                )
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    yield Figure(
        "peak memory of one process", peak / 1024, "MiB", WANTED_MIB, "wanted at most"
    )


def _make_shop() -> None:
    import django
    from django.core.management import call_command

    from retention_site.lib import embedded

    embedded.ensure()
    django.setup()
    call_command("migrate", verbosity=0)


def _add_customers(first: int, last: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, [first, last])
        cursor.execute(CONSENTS)
        cursor.execute("ANALYZE profiles_customer, profiles_consent")


def _launch(name: str, offer: dict | None, n: int) -> float:
    """Plan one run and return the seconds it took."""
    from django.contrib.auth import get_user_model

    from campaigns.content.parse import read
    from campaigns.lifecycle.apply import apply
    from campaigns.lifecycle.approve import approve
    from campaigns.models import Message, Run
    from campaigns.planning.audiences import audience
    from profiles import history
    from retention_site.lib.clock import now
    from tests.faults.forks import in_processes

    people = [
        get_user_model().objects.create(username=f"{who} of {name}", is_superuser=True)
        for who in ("author", "approver")
    ]
    raw = {
        "name": name,
        "segment": {"all": []},
        "holdout": 0.2,
        "messages": {"email": WORDS},
        "offer": {**offer, "pool": name} if offer else None,
    }
    version = approve(apply(raw, by=people[0]).version, by=people[1])
    run = Run.objects.create(
        campaign=version.campaign,
        version=version,
        key=name,
        started_by="bench",
        as_of=now(),
        known_at=now(),
    )
    history.refresh()
    began = time.perf_counter()
    parts = audience.choose(read(version.content), run).chunks()[: -(-n // CHUNK)]
    in_processes(
        [
            partial(_plan, run.pk, parts[place::N_PLANNERS])
            for place in range(N_PLANNERS)
        ]
    )
    seconds = time.perf_counter() - began
    if Message.objects.filter(run=run).count() != n:
        raise RuntimeError("a customer has no row")
    return seconds


def _plan(run: int, parts: list[list[int]]) -> None:
    from campaigns.models import Run
    from campaigns.planning.jobs import plan_part
    from retention_site.celery import keep_what_is_loaded_in_one_place

    keep_what_is_loaded_in_one_place()  # as workers do when they start
    for part in parts:
        plan_part(Run.objects.select_related("version", "campaign").get(pk=run), part)
