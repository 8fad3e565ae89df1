"""A journey of ten steps walked over 90 days of 1,000,000 generated customers and
20,000,000 generated events; messages are not decided on, that is a sample of 50,000.
"""

import resource
import time
from collections.abc import Iterator
from typing import Any

import django

from benchmarks.figures import Figure
from retention_site.lib import embedded

SMS = {"message": {"channels": ["sms"], "messages": {"sms": {"text": "Hello"}}}}
BOUGHT = {"is": "event_count", "type": "purchase", "at_least": 2, "within_days": 30}
JOURNEY: dict[str, Any] = {
    "name": "Ten steps",
    "trigger": {"kind": "event", "events": ["view"], "key": "customer"},
    "again": "30 days",
    "leave": {"goal": ["return"]},
    "steps": [
        {"wait": "1 hour"},
        SMS,
        {
            "wait_until": {
                "event": "purchase",
                "at_most": "3 days",
                "then": [{"wait": "1 day"}, SMS],
                "else": [
                    {"split": {"if": {"all": [BOUGHT]}, "then": [SMS], "else": []}}
                ],
            }
        },
        {"wait": {"at": "09:30"}},
        {
            "test": {
                "arms": [
                    {"name": "a", "steps": [SMS]},
                    {"name": "b", "steps": []},
                ]
            }
        },
    ],
}
DAYS = 90


def measure(
    n_customers: int = 1_000_000, n_events: int = 20_000_000
) -> Iterator[Figure]:
    """Yield the seconds of the walk, and the memory of the process."""
    embedded.ensure()
    django.setup()
    from django.core.management import call_command

    from benchmarks.shops import generated
    from campaigns.content.journey_graph import graph_of
    from campaigns.content.parse import read
    from campaigns.journey_rehearsal import counts
    from campaigns.journey_rehearsal.rehearse import opened
    from campaigns.journey_rehearsal.replay import replay

    call_command("migrate", verbosity=0)
    generated.write(n_customers, n_events)
    content = read(JOURNEY)
    graph = graph_of(content.steps)
    began = time.perf_counter()
    past = opened(generated.T, DAYS)
    replay(past, content, graph, "salt")
    steps = counts.steps_of(past, graph)
    took = time.perf_counter() - began
    n = past.run("SELECT count(*) FROM runs")[0][0]
    shop = f"{len(steps)} steps, {n_customers:,} customers, {n_events:,} events"
    yield Figure(f"{shop}: {n:,} runs", took, "s", 30, "wanted at most")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield Figure("peak memory of the process", peak, "MiB", 2048, "wanted at most")
