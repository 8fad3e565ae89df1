"""Ten rules over 1,000,000 generated customers and 20,000,000 generated events, and
over a tenth of each.

Against DuckDB SQL written by hand over the same files, the clock started before the
rule is read; and the whole-base rule against the same question asked by Django's ORM of
PostgreSQL with a good index, over 200,000 customers and 2,000,000 events.
"""

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import django

from benchmarks.figures import Figure
from retention_site.lib import embedded

BOUGHT = {"is": "event_count", "type": "purchase"}
CUT = "TIMESTAMPTZ '2024-06-01 00:00:00+00'"
SINCE = "happened_at >= " + CUT + " - INTERVAL {} DAY"
GROUPED = (
    "SELECT customer FROM events WHERE type = 'purchase' {} GROUP BY customer HAVING {}"
)
SHOES = "item_id IN (SELECT item_id FROM items WHERE category LIKE 'SHOES%')"
RULES: dict[str, tuple[dict[str, Any], str]] = {
    "one region": (
        {"is": "trait", "key": "region", "in": ["east"]},
        "SELECT customer FROM customers WHERE region = 'east'",
    ),
    "gold, a trait of a file": (
        {"is": "trait", "key": "tier", "equals": "gold"},
        "SELECT customer FROM customers WHERE traits->>'tier' = 'gold'",
    ),
    "bought twice in 7 days": (
        {**BOUGHT, "at_least": 2, "within_days": 7},
        GROUPED.format("AND " + SINCE.format(7), "count(*) >= 2"),
    ),
    "bought twice in 90 days": (
        {**BOUGHT, "at_least": 2, "within_days": 90},
        GROUPED.format("AND " + SINCE.format(90), "count(*) >= 2"),
    ),
    "shoes in 90 days, not in the east": (
        {
            "all": [
                {**BOUGHT, "within_days": 90, "item": {"category": "SHOES"}},
                {"none": [{"is": "trait", "key": "region", "in": ["east"]}]},
            ]
        },
        (
            "SELECT customer FROM customers WHERE region <> 'east' AND customer IN"
            " (SELECT customer FROM events WHERE type = 'purchase' AND"
            f" {SINCE.format(90)} AND {SHOES})"
        ),
    ),
    "last bought 60 days ago": (
        {"is": "last_event", "type": "purchase", "more_than_days_ago": 60},
        GROUPED.format("", f"max(happened_at) < {CUT} - INTERVAL 60 DAY"),
    ),
    "spent 200 in a year": (
        {"is": "event_sum", "type": "purchase", "at_least": 200, "within_days": 365},
        GROUPED.format("AND " + SINCE.format(365), "sum(quantity * price) >= 200"),
    ),
    "three orders in a year": (
        {**BOUGHT, "at_least": 3, "count": "orders", "within_days": 365},
        GROUPED.format("AND " + SINCE.format(365), "count(DISTINCT order_id) >= 3"),
    ),
    "viewed and never bought": (
        {"all": [{"is": "event_count", "type": "view"}, {**BOUGHT, "at_most": 0}]},
        (
            "SELECT customer FROM customers WHERE customer IN (SELECT customer FROM"
            " events WHERE type = 'view') AND customer NOT IN (SELECT customer FROM"
            " events WHERE type = 'purchase')"
        ),
    ),
    "whole base: bought five times ever": (
        {**BOUGHT, "at_least": 5},
        GROUPED.format("", "count(*) >= 5"),
    ),
}
ORM_CUSTOMERS, ORM_EVENTS = 200_000, 2_000_000
N_COUNTS = 20
COPY_EVENTS = """
    INSERT INTO profiles_event (key, customer_id, type, happened_at, source)
    SELECT gen_random_uuid(), first.id + (random() ^ 2 * %s)::bigint,
        CASE WHEN i %% 4 = 0 THEN 'purchase' ELSE 'view' END, now() - random() * interval '700 days', ''
    FROM generate_series(1, %s) i, (SELECT min(id) AS id FROM profiles_customer) first
"""


def measure() -> Iterator[Figure]:
    """Yield milliseconds by rule, their sum against SQL by hand, the live count, and
    the ORM.
    """
    embedded.ensure()
    django.setup()
    from django.core.management import call_command

    from benchmarks.shops import generated

    call_command("migrate", verbosity=0)
    sums = []
    for n_customers, n_events in ((100_000, 2_000_000), (1_000_000, 20_000_000)):
        generated.write(n_customers, n_events)
        figures = list(_rules(f"{n_events // 1_000_000} M events", generated.T))
        yield from figures
        yield from _live(f"{n_events // 1_000_000} M events", generated.T)
        sums.append(next(one.value for one in figures if "all ten" in one.what))
    yield Figure(
        "all ten: 20 M events, ten times 2 M", sums[1], "ms", sums[0], "2 M events"
    )
    yield Figure(
        "peak memory of all rules",
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "MiB",
        2048,
        "wanted at most",
    )
    yield _orm()
    yield _one_customer()


def _rules(shop: str, at: Any) -> Iterator[Figure]:
    from profiles import history, segments

    ours, by_hand = [], []
    for name, (rule, sql) in RULES.items():
        tables = history.tables(at)
        hand, n_hand = _timed(lambda tables=tables, sql=sql: len(tables.run(sql)))
        mine, n = _timed(lambda rule=rule: len(segments.members(rule, at)))
        assert n == n_hand, (name, n, n_hand)
        ours.append(mine)
        by_hand.append(hand)
        yield Figure(
            f"{shop}: {name} ({n:,})", 1000 * mine, "ms", 1000 * hand, "SQL by hand"
        )
    yield Figure(
        f"{shop}: all ten", 1000 * sum(ours), "ms", 1000 * sum(by_hand), "SQL by hand"
    )


def _live(shop: str, at: Any) -> Iterator[Figure]:
    """The count that the admin shows while the marketer types."""
    from profiles.segments.builder import numbers

    for name, key, wanted in (
        ("a selective rule", "shoes in 90 days, not in the east", 300),
        ("the whole base", "whole base: bought five times ever", 600),
    ):
        rule = RULES[key][0]
        took = sorted(
            _timed(lambda rule=rule: numbers.size(rule, at).n, times=1)[0]
            for _n in range(N_COUNTS)
        )
        figure = 1000 * took[round(0.95 * N_COUNTS) - 1]
        yield Figure(
            f"{shop}: live count of {name}, p95", figure, "ms", wanted, "wanted at most"
        )


def _orm() -> Figure:
    from django.db import connection
    from django.db.models import Count

    from profiles import history, segments
    from profiles.models import Customer, Event
    from retention_site.lib.clock import now

    Customer.objects.bulk_create(
        (Customer(external_id=f"o{n}") for n in range(ORM_CUSTOMERS)), batch_size=10_000
    )
    with connection.cursor() as cursor:
        cursor.execute(COPY_EVENTS, [ORM_CUSTOMERS - 1, ORM_EVENTS])
        cursor.execute("CREATE INDEX ON profiles_event (type, customer_id)")
        cursor.execute("VACUUM ANALYZE profiles_event")
    history.rebuild()
    bought = (
        Event.objects.filter(type="purchase")
        .values("customer")
        .annotate(n=Count("pk"))
        .filter(n__gte=5)
    )
    orm, n_orm = _timed(lambda: len(bought.values_list("customer", flat=True)))
    mine, n = _timed(
        lambda: len(
            segments.members(RULES["whole base: bought five times ever"][0], now())
        )
    )
    assert n == n_orm
    return Figure(
        f"{ORM_EVENTS:,} events: whole base ({n:,})",
        1000 * mine,
        "ms",
        1000 * orm,
        "Django's ORM, indexed",
    )


def _one_customer() -> Figure:
    """A rule asked of the customer whom an event has just come for."""
    from profiles import segments
    from profiles.models import Customer

    rule = RULES["shoes in 90 days, not in the east"][0]
    customers = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:60])
    took = sorted(
        _timed(lambda pk=pk: len(segments.fitting(rule, [pk])), times=1)[0]
        for pk in customers
    )
    return Figure(
        "a rule asked of one customer, p95", 1000 * took[56], "ms", 50, "wanted at most"
    )


def _timed(work: Callable[[], int], times: int = 3) -> tuple[float, int]:
    """Return the median of some runs in seconds, and the answer."""
    took, answer = [], 0
    for _n in range(times):
        began = time.monotonic()
        answer = work()
        took.append(time.monotonic() - began)
    return statistics.median(took), answer
