"""A person forgotten in a shop of 2,000,000 generated events, and what is past its
period dropped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import django

from benchmarks.figures import Figure
from benchmarks.history import CUSTOMERS, EVENTS, N_CUSTOMERS, N_EVENTS
from retention_site.lib import embedded

N_MESSAGES, N_BAD = 200_000, 50_000
CAMPAIGN = """
    INSERT INTO campaigns_campaign (name, origin, state, kind, goal) VALUES ('generated', 'rapport', 'active', '', '')
    RETURNING id
"""
MESSAGES = """
    INSERT INTO campaigns_message (campaign_id, customer_id, dedupe_key, state, channel, context, subject, body,
        not_before, planned_at, sent_at, finished_at)
    SELECT %s, first.id + i %% %s, 'generated:' || i, 'sent', 'email', jsonb_build_object('name', 'Ada ' || i), 'Hello',
        repeat('words ', 40), now(), now() - interval '900 days', now(), now() - (i %% 2) * interval '900 days'
    FROM generate_series(1, %s) i, (SELECT min(id) AS id FROM profiles_customer) first
"""
BAD = """
    INSERT INTO profiles_quarantinedrow (key, source, kind, "column", reason, "row", created_at)
    SELECT gen_random_uuid(), 'file', 'events', 'at', 'impossible date',
        jsonb_build_object('customer_id', 'k' || i, 'at', '2025-02-30', 'price', i), now()
    FROM generate_series(1, %s) i
"""


def measure() -> Iterator[Figure]:
    """Yield how long until nothing goes out to a person any more, until nothing is
    held, and a day's dropping.
    """
    embedded.ensure()
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from profiles import history
    from profiles.privacy import erasure, person_export, retention

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, [N_CUSTOMERS])
        cursor.execute(EVENTS, [N_CUSTOMERS - 1, N_EVENTS])
        cursor.execute(CAMPAIGN)
        cursor.execute(MESSAGES, [cursor.fetchone()[0], N_CUSTOMERS, N_MESSAGES])
        cursor.execute(BAD, [N_BAD])
        cursor.execute("VACUUM ANALYZE")
    history.refresh()
    yield Figure(
        "shown all that is held of one person",
        _seconds(lambda: person_export.export("k7")),
        "s",
    )
    begun: list = []
    yield Figure(
        "marked: from then on nothing goes out",
        1000 * _seconds(lambda: begun.append(erasure.begin("k7"))),
        "ms",
    )
    yield Figure(
        f"erased from {N_EVENTS:,} events and the rest",
        _seconds(lambda: erasure.finish(begun[0])),
        "s",
    )
    dropped = _seconds(lambda: retention.drop("message_words"))
    yield Figure(
        "words of old messages dropped", N_MESSAGES / 2 / dropped, "messages/s"
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
