"""Who may not change a journey or look at a customer at the same time as somebody else.

Everybody takes them in this order, so that nobody waits in a circle: the journey, then
tokens, which a claim takes only where nobody else has them, then customers. Each lock
is a statement of its own: one that also looks would look at what was there before the
lock.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

JOURNEY, CUSTOMER = 42, 41  # classes of advisory locks
BUCKETS = 256  # locks of customers: a batch of arrivals must fit the lock table
CUSTOMERS = """
    SELECT pg_advisory_xact_lock(%s, bucket) FROM (
        SELECT DISTINCT (coalesce(merged_into_id, id) %% %s)::int AS bucket
        FROM profiles_customer WHERE id = ANY(%s) ORDER BY 1
    ) AS sorted
"""


def share(journey: int) -> None:
    """Keep a journey as it is until the transaction ends, beside others who move its
    people, too.
    """
    _run("SELECT pg_advisory_xact_lock_shared(%s, %s)", JOURNEY, journey)


def alone(journey: int) -> None:
    """Wait until nobody moves anybody in a journey, and let nobody until the
    transaction ends.
    """
    _run("SELECT pg_advisory_xact_lock(%s, %s)", JOURNEY, journey)


def customers(who: Sequence[int]) -> None:
    """Let nobody else look at what these customers wait for until the transaction ends.

    An arrival and an event that come at one moment must not miss each other: both sides
    take this lock after they have written and before they look.
    """
    _run(CUSTOMERS, CUSTOMER, BUCKETS, list(who))


def _run(statement: str, *values: int | list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
