"""A run's analysis from the history: 10,000,000 generated customers who were assigned,
20,000,000 generated events.

Six metrics (conversion, revenue, orders, repeat purchase, unsubscribes, views) with
each customer's own past, groups and corrections, as a campaign's report is made;
assignments stand in memory. Each size in a process of its own; half and a quarter of it
beside, for the growth. Against: DuckDB summing the same events by customer once, for
one metric.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import django

from benchmarks.figures import Figure
from retention_site.lib import embedded

N_CUSTOMERS, EVENTS_EACH = 10_000_000, 2
LAUNCHED = datetime(2024, 4, 1, tzinfo=UTC)
KEYS = (
    "conversion",
    "revenue",
    "orders",
    "repeat_purchase",
    "unsubscribes",
    "events:view",
)
MADE = """
    SELECT (hash(i * 7) % {n})::BIGINT AS customer,
        ['purchase', 'purchase', 'purchase', 'view', 'message_sent'][1 + (hash(i * 3) % 5)::INT] AS type,
        TIMESTAMPTZ '2024-03-01' + to_seconds((hash(i * 11) % 4838400)::BIGINT) AS happened_at,
        happened_at AS received_at,
        NULL::VARCHAR AS item_id, 'o' || (i // 2) AS order_id, 1.0::DOUBLE AS quantity,
        (hash(i * 13) % 5000) / 100.0 AS price, 0.0::DOUBLE AS discount, NULL::VARCHAR AS currency,
        NULL::VARCHAR AS campaign_id, NULL::VARCHAR AS coupon_code, NULL::VARCHAR AS session_id, NULL::VARCHAR AS text,
        NULL::VARCHAR AS properties
    FROM range({rows}) made(i)
"""
PLAIN = """
    SELECT arm, count(*), sum(y), sum(y * y) FROM (
        SELECT customer, sum(quantity * price) AS y FROM events
        WHERE happened_at >= TIMESTAMPTZ '2024-04-01' GROUP BY customer
    ) JOIN assignments USING (customer) GROUP BY arm
"""


def measure() -> Iterator[Figure]:
    """Time the analysis of each size."""
    embedded.ensure()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    per_customer = {}
    for n in (N_CUSTOMERS // 4, N_CUSTOMERS // 2, N_CUSTOMERS):
        _generate(n)
        found = _analysed(n)
        per_customer[n] = found["cpu"] / n
        what = f"analysis of {n:,} assigned customers, 6 metrics"
        yield Figure(what, found["seconds"], "s", found["floor"], "s for one sum")
        yield Figure(f"processor time of it, {n:,}", found["cpu"], "s")
        yield Figure(f"peak memory of it, {n:,}", found["mib"], "MiB")
    grown = per_customer[N_CUSTOMERS] / per_customer[N_CUSTOMERS // 4]
    yield Figure(
        "processor time per customer, 10,000,000 against 2,500,000", grown, "times"
    )


def _generate(n: int) -> None:
    """Write the events where the history keeps them, as its own refresher does: by
    month, a customer's together.
    """
    from dataclasses import replace

    from profiles import history
    from profiles.history import engine, manifest, parts

    history.refresh()
    with engine.connect() as connection:
        written = parts._by_month(
            connection, f"({MADE.format(n=n, rows=n * EVENTS_EACH)})"
        )
    held = manifest.load()
    manifest.save(replace(held, parts=tuple(written)))


def _analysed(n: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.proof.analysis", str(n)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _analyse(n: int) -> dict[str, float]:
    """Measure once, in this process."""
    import resource

    import numpy as np
    import pyarrow as pa

    django.setup()
    from campaigns.outcomes.analysis_rows import gathered
    from campaigns.outcomes.campaign_goals import Question
    from campaigns.outcomes.customer_outcomes import Window
    from campaigns.proof.effects import measure as compare

    ids = np.arange(n, dtype=np.int64)
    arms = pa.DictionaryArray.from_arrays(
        pa.array((ids % 5 == 0).astype(np.int8)), pa.array(["offer", "control"])
    )
    at = pa.array(np.full(n, int(LAUNCHED.timestamp() * 1e6))).cast(
        pa.timestamp("us", "UTC")
    )
    assignments = pa.table({"customer": ids, "arm": arms, "assigned_at": at})
    question = Question(KEYS[:5], guardrails={}, also=KEYS[5:])
    window = Window(28, 28, LAUNCHED + timedelta(days=28))
    began, cpu = time.perf_counter(), time.process_time()
    with gathered(
        assignments,
        question,
        window,
        split={"control": 0.2, "offer": 0.8},
        is_parted=True,
    ) as evidence:
        effect = compare(evidence.connection, evidence.plan, unusable=evidence.unusable)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        assert sum(effect["arms"].values()) == n
        mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        began = time.perf_counter()
        evidence.connection.execute(PLAIN).fetchall()
        floor = time.perf_counter() - began
    return {"seconds": seconds, "cpu": cpu, "mib": mib, "floor": floor}


if __name__ == "__main__":
    print(json.dumps(_analyse(int(sys.argv[1]))))
