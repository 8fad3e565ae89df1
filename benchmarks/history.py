"""The columnar copy: made from 2,000,000 generated events in PostgreSQL, then kept up
to date.
"""

import time
from collections.abc import Callable, Iterator

import django

from benchmarks.figures import Figure
from retention_site.lib import embedded

N_CUSTOMERS, N_EVENTS, N_NEW = 100_000, 2_000_000, 100_000
CUSTOMERS = """
    INSERT INTO profiles_customer (external_id, region) SELECT 'k' || i, 'r' || i %% 5 FROM generate_series(1, %s) i
"""
EVENTS = """
    INSERT INTO profiles_event
        (key, customer_id, type, happened_at, item_id, order_id, quantity, price, discount, source)
    SELECT gen_random_uuid(), first.id + (random() ^ 2 * %s)::bigint, 'purchase',
        now() - random() * interval '700 days', (random() * 20000)::int::text, 'o' || i / 4, 1, 2.5, 0.25, ''
    FROM generate_series(1, %s) i, (SELECT min(id) AS id FROM profiles_customer) first
"""


def measure() -> Iterator[Figure]:
    """Yield seconds of a rebuild, of a refresh with nothing new, after many new events
    and after one changed row.
    """
    embedded.ensure()
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from profiles import history
    from profiles.models import Customer

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, [N_CUSTOMERS])
        cursor.execute(EVENTS, [N_CUSTOMERS - 1, N_EVENTS])
        cursor.execute("VACUUM ANALYZE profiles_event")
        yield Figure(
            f"made anew from {N_EVENTS:,} events", _seconds(history.rebuild), "s"
        )
        yield Figure("nothing new", 1000 * _seconds(history.refresh), "ms")
        cursor.execute(EVENTS, [N_CUSTOMERS - 1, N_NEW])
        yield Figure(f"{N_NEW:,} new events", _seconds(history.refresh), "s")
    Customer.objects.filter(external_id="k1").update(region="x")
    yield Figure(
        f"one of {N_CUSTOMERS:,} customers changed", _seconds(history.refresh), "s"
    )
    yield Figure("opened as of a moment", 1000 * _seconds(history.tables), "ms")


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
