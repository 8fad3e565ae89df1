"""Offers: coupons issued by grants of 200 and redeemed one after the other at one till,
PostgreSQL with full durability; allocating 1,000,000 customers × 5 values and learning uplift from 2,000,000
rows, made up, each as its own process; CPU seconds of the whole command.

Against: the seconds that the issue of offers allows.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb

from benchmarks.figures import Figure

N_CODES, AT_ONCE, N_REDEEMED = 10_000, 200, 2_000
N_CUSTOMERS, N_ROWS = 1_000_000, 2_000_000
VALUES = (2, 4, 6, 8, 10)
TRIAL = f"""
    SELECT i AS id, if(hash(i) % 2 = 0, 'no', 'yes') AS treated,
        (random() < .05 + .02 * (hash(i) % 2) * (hash(i + 1) % 3))::INT AS bought,
        hash(i + 1) % 3 AS a, random() AS b, random() AS c, random() AS d,
        ['north', 'south', 'east'][(hash(i + 7) % 3 + 1)::INT] AS e, random() AS f, random() AS g
    FROM range({N_ROWS}) made(i)
"""


def measure() -> Iterator[Figure]:
    """Time the ledger, then both commands."""
    yield from _ledger()
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "in.csv", Path(folder) / "out.csv"
        duckdb.sql(f"COPY ({_offers()}) TO '{file}'")
        said = ("allocate", str(file), "--budget", "1e6", "--max-coupons", "400000")
        seconds = _cpu_seconds(*said, "--out", str(out))
        yield Figure("allocate 1,000,000 × 5", seconds, "CPU s", 10, "CPU s allowed")
        duckdb.sql(f"COPY ({TRIAL}) TO '{file}'")
        said = ("uplift", str(file), "--arm", "treated", "--control", "no")
        said += ("--treated", "yes", "--outcome", "bought", "--out", str(out))
        seconds = _cpu_seconds(*said)
        yield Figure("uplift, 2,000,000 rows", seconds, "CPU s", 60, "CPU s allowed")


def _ledger() -> Iterator[Figure]:
    from retention_site.lib import embedded

    embedded.ensure()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from campaigns.models import CouponPool
    from campaigns.offers.coupons import Grant, issue
    from campaigns.offers.redemption import redeem
    from retention_site.lib.clock import now

    pool = CouponPool.objects.create(
        name="bench", currency="USD", cap=N_CODES, budget=N_CODES
    )
    codes, began = [], time.perf_counter()
    for start in range(0, N_CODES, AT_ONCE):
        grants = [
            Grant(f"g{at}", None, Decimal(1)) for at in range(start, start + AT_ONCE)
        ]
        issued = issue(pool, grants, at=now()).coupons.values()
        codes += [coupon.code for coupon in issued]
    seconds = time.perf_counter() - began
    yield Figure("coupons issued", len(codes) / seconds, "a second", 1_000, "asked for")
    took = []
    for code in codes[:N_REDEEMED]:
        began = time.perf_counter()
        redeem(code, order_id=f"o-{code}", order_value=Decimal(9), at=now())
        took.append(1_000 * (time.perf_counter() - began))
    yield Figure("redeem, p99", _p99(took), "ms", 50, "ms allowed")
    yield from _points()


def _points() -> Iterator[Figure]:
    from campaigns.offers.points.ledger import Award, award_all, burn
    from profiles.models import Customer
    from retention_site.lib.clock import now

    people = Customer.objects.bulk_create(
        Customer(external_id=f"p{at}") for at in range(N_REDEEMED)
    )
    awards = [Award(people[at % N_REDEEMED], 10, f"a{at}") for at in range(N_CODES)]
    began = time.perf_counter()
    for start in range(0, N_CODES, AT_ONCE):
        award_all(awards[start : start + AT_ONCE], at=now())
    seconds = time.perf_counter() - began
    yield Figure("points awarded", N_CODES / seconds, "a second", 1_000, "asked for")
    took = []
    for at, customer in enumerate(people):
        began = time.perf_counter()
        burn(customer, 25, key=f"b{at}", at=now())
        took.append(1_000 * (time.perf_counter() - began))
    yield Figure("points burned, p99", _p99(took), "ms", 30, "ms allowed")


def _p99(took: list[float]) -> float:
    return sorted(took)[int(0.99 * len(took))]


def _offers() -> str:
    columns = ", ".join(
        f"round(cap * (1 - exp({-value / 5})), 4) AS margin_{value},"
        f" round({value} * p, 4) AS cost_{value}"
        for value in VALUES
    )
    people = f"SELECT i, random() * 9 AS cap, random() / 2 AS p FROM range({N_CUSTOMERS}) t(i)"
    return f"SELECT i AS customer_id, {columns} FROM ({people})"


def _cpu_seconds(*words: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "manage.py", *words, "--json"], check=True, capture_output=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
