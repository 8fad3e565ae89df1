"""Numbers that follow typing in the admin: the count of the segment builder and the rail
of the campaign editor, over 1,000,000 simulated customers in PostgreSQL with 20,000,000
generated events in the history.

Wall time and the process's own CPU time (PostgreSQL's is not in it), the 95th of a
hundred of 20; each rule is another wording each time, as while somebody types.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import django

from benchmarks.figures import Figure
from retention_site.lib import embedded

N_CUSTOMERS, N_EVENTS, N_TIMES = 1_000_000, 20_000_000, 20
SELECTIVE_MS, EVERYBODY_MS, RAIL_MS = 300, 600, 1500
BOUGHT = {"is": "event_count", "type": "purchase"}
EAST = {"is": "trait", "key": "region", "in": ["east"]}


def selective(n: int) -> dict[str, Any]:
    """Bought from a category lately, and not in the east."""
    shoes = {"category": "SHOES"}
    bought = {**BOUGHT, "within_days": 60 + n, "item": shoes}
    return {"all": [bought, {"none": [EAST]}]}


def whole_base(n: int) -> dict[str, Any]:
    """Asked of all events that there are."""
    return {"all": [{**BOUGHT, "at_least": 5 + n % 7}]}


def measure() -> Iterator[Figure]:
    embedded.ensure()
    django.setup()
    from django.core.management import call_command

    from benchmarks.shops import simulated
    from profiles.models import Customer

    call_command("migrate", verbosity=0)
    if not Customer.objects.exists():  # a shop that is there already is taken as it is
        simulated.fill(N_CUSTOMERS, N_EVENTS, N_EVENTS // 10)
    yield from counts()
    yield from rails()


def counts() -> Iterator[Figure]:
    from profiles.segments.builder import numbers
    from retention_site.lib.clock import now

    def size(rule: dict[str, Any], at: datetime) -> None:
        numbers.size(rule, at)

    for name, rule, wanted in (
        ("a selective rule", selective, SELECTIVE_MS),
        ("the whole base", whole_base, EVERYBODY_MS),
    ):
        yield from _p95(
            f"live count of {name}", lambda n, of=rule: size(of(n), now()), wanted
        )


def rails() -> Iterator[Figure]:
    from django.contrib.auth.models import User

    from benchmarks.shops.simulated import DOCUMENT
    from campaigns.admin.editor.rail import rail_of
    from campaigns.lifecycle import drafts
    from campaigns.models import Draft

    by = User.objects.order_by("pk")[0]
    campaign = drafts.start_draft({**DOCUMENT, "name": "Bench"}, by)
    for name, rule in (("a selective rule", selective), ("the whole base", whole_base)):

        def change(n: int, of: Any = rule) -> None:
            drafts.save_draft(
                campaign, {**DOCUMENT, "name": "Bench", "segment": {"rule": of(n)}}, by
            )
            rail_of(Draft.objects.select_related("campaign").get(campaign=campaign))

        yield from _p95(f"save and rail, {name}", change, RAIL_MS)


def _p95(what: str, work: Callable[[int], None], wanted: float) -> Iterator[Figure]:
    walls, cpus = [], []
    for n in range(N_TIMES + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        work(n)
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    place = round(0.95 * N_TIMES) - 1
    walls, cpus = sorted(walls[1:]), sorted(cpus[1:])  # the first one loads libraries
    yield Figure(f"{what}, p95", walls[place], "ms", wanted, "wanted at most")
    yield Figure(f"{what}, median", walls[N_TIMES // 2], "ms")
    yield Figure(
        f"{what}, CPU of {os.cpu_count()} cores, median", cpus[N_TIMES // 2], "ms"
    )
