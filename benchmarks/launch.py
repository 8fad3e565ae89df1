"""A launch from its frozen audience to message rows: 100,000 and 200,000 customers, one process, full durability.

A fifth is held out, all have an address and consent; once with a fixed coupon each, once without. Products are left
out: serving them is another benchmark's. Rows are planned part by part as workers do.
"""

import resource
import time
from collections.abc import Iterator

from benchmarks.figures import Figure

SIZES = (100_000, 200_000)
CUSTOMERS = """
    INSERT INTO profiles_customer (external_id, email, region, first_name)
    SELECT 'many-' || n, 'many-' || n || '@shoppers.example', 'east', 'Mary' FROM generate_series(%s, %s) AS n
"""
CONSENTS = """
    INSERT INTO profiles_consent (customer_id, channel, topic, status, at)
    SELECT id, 'email', '', 'granted', now() - interval '9 days' FROM profiles_customer WHERE region = 'east'
    ON CONFLICT DO NOTHING
"""
OFFER = {"pool": "bench", "cap": 10**7, "budget": 10**9, "value": {"policy": "fixed", "amount": 5}}
WORDS = {"subject": "Hello", "html": "<p>Hello</p>", "text": "Hello {{ coupon.code | default: '' }}"}


def measure() -> Iterator[Figure]:
    _make_shop()
    had, plain, first = 0, 0.0, {}
    for size in SIZES:
        _add_customers(had + 1, size)
        had = size
        for name, offer in (("bare", None), ("with coupons", OFFER)):
            seconds = _launch(f"{name} {size}", offer, size)
            plain = seconds if name == "bare" else plain
            against = (first[name] * size / SIZES[0], "linear") if name in first else (None, "")
            first.setdefault(name, seconds)
            yield Figure(f"{size:,} messages planned, {name}", seconds, "s", *against)
    yield Figure("peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB")


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

    from campaigns.models import Message, Run
    from campaigns.planning.apply import apply
    from campaigns.planning.approve import approve
    from campaigns.planning.frozen import freeze
    from campaigns.planning.jobs import plan_part
    from profiles.models import Customer
    from retention_site.lib.clock import now

    people = [get_user_model().objects.create(username=f"{who} of {name}") for who in ("author", "approver")]
    raw = {
        "name": name, "segment": {"all": []}, "holdout": 0.2, "messages": {"email": WORDS},
        "offer": {**offer, "pool": name} if offer else None,
    }  # fmt: skip
    version = approve(apply(raw, by=people[0]).version, by=people[1])
    run = Run.objects.create(
        campaign=version.campaign, version=version, key=name, started_by="bench", as_of=now(), known_at=now()
    )
    began = time.perf_counter()
    chosen = freeze(dict(Customer.objects.filter(region="east").values_list("pk", "external_id")))
    for part in chosen.chunks():
        plan_part(run, part)
    seconds = time.perf_counter() - began
    if Message.objects.filter(run=run).count() != n:
        raise RuntimeError("a customer has no row")
    return seconds
