"""All portraits of 1,000,000 generated customers with 20,000,000 generated events, and
of a tenth of each.

Drawn from the history's files, then stored in PostgreSQL, each once: a first time, and
again over the first. Processor seconds stand beside the wall clock: on a machine that
does other work too they say more.
"""

import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import django

from benchmarks.figures import Figure
from retention_site.lib import embedded

CUSTOMERS = """
    INSERT INTO profiles_customer (id, external_id) SELECT n, 'k' || n FROM generate_series(1, %s) AS n
    ON CONFLICT DO NOTHING
"""


def measure() -> Iterator[Figure]:
    """Yield seconds of drawing and storing for both sizes, and the slope between them."""
    embedded.ensure()
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from benchmarks.shops import generated

    call_command("migrate", verbosity=0)
    drawn = []
    for n_customers, n_events in ((100_000, 2_000_000), (1_000_000, 20_000_000)):
        generated.write(n_customers, n_events)
        with connection.cursor() as cursor:
            cursor.execute(CUSTOMERS, [n_customers])
            cursor.execute("ANALYZE profiles_customer")
        figures = list(_portraits(f"{n_events // 1_000_000} M events", generated.T))
        yield from figures
        drawn.append(figures[0].value)
    yield Figure(
        "drawn: 20 M events, ten times 2 M", drawn[1], "s", drawn[0], "s for 2 M events"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("peak memory", peak, "MiB", 3072, "wanted at most")


def _portraits(shop: str, at: Any) -> Iterator[Figure]:
    from profiles.portraits import refresh
    from profiles.portraits.store import write_portraits

    draw, draw_cpu, wide = _timed(lambda: refresh.draw_now(at))
    yield Figure(f"{shop}: {len(refresh.traits())} traits drawn", draw, "s")
    yield Figure(f"{shop}: drawn, processor seconds", draw_cpu, "s")
    first, _cpu, _n = _timed(lambda: write_portraits(wide, at))
    again, _cpu, _n = _timed(lambda: write_portraits(wide, at))
    yield Figure(f"{shop}: stored for the first time", first, "s")
    yield Figure(f"{shop}: stored again", again, "s")
    if shop.startswith("20 "):
        yield Figure(
            f"{shop}: drawn and stored for the first time",
            draw + first,
            "s",
            45,
            "wanted at most",
        )


def _timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return wall seconds, this process's processor seconds, and the answer."""
    began, cpu = time.monotonic(), time.process_time()
    answer = work()
    return time.monotonic() - began, time.process_time() - cpu, answer
