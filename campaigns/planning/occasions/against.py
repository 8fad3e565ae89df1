"""What speaks against a triggered message: the customer did it meanwhile, or had one lately."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from campaigns.models import Message
from campaigns.planning.content.triggers import span
from campaigns.planning.decide import CONTROL_GROUP
from retention_site.lib.clock import now

MEANWHILE = {"purchase": "bought meanwhile"}
# Whatever the customer, or one who was merged into it, did since the occasion.
DONE = """
    SELECT DISTINCT ON (occasion.id) occasion.id, event.type
    FROM campaigns_occasion occasion
    JOIN profiles_customer told ON told.id = occasion.customer_id
    CROSS JOIN LATERAL (
        SELECT coalesce(told.merged_into_id, told.id) AS id
        UNION ALL
        SELECT other.id FROM profiles_customer other WHERE other.merged_into_id = coalesce(told.merged_into_id, told.id)
    ) person
    JOIN profiles_event event ON event.customer_id = person.id AND event.happened_at > occasion.happened_at
    WHERE occasion.id = ANY(%s) AND lower(event.type) = ANY(%s)
    ORDER BY occasion.id, event.happened_at
"""
# Control customers count as if they had been written to: both groups meet the same rules.
LATELY = """
    SELECT DISTINCT customer_id FROM campaigns_message
    WHERE customer_id = ANY(%s) AND campaign_id = %s AND planned_at > %s
        AND (state = ANY(%s) OR (state = 'held' AND reason = %s))
"""


def words(event: str) -> str:
    return MEANWHILE.get(event, f"{event} meanwhile")


def done_meanwhile(occasions: Sequence[int], events: Sequence[str]) -> dict[int, str]:
    """Return by occasion which of these events came after it."""
    if not events or not occasions:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(DONE, [list(occasions), [event.casefold() for event in events]])
        return dict(cursor.fetchall())


def had_lately(campaign: int, customers: Sequence[int], cool_down: str) -> set[int]:
    """Return the customers whom the campaign wrote to, or is about to, within its cool-down."""
    states = [str(state) for state in (*Message.LIVE, *Message.REACHED, Message.State.UNKNOWN)]
    with connection.cursor() as cursor:
        cursor.execute(LATELY, [list(customers), campaign, now() - span(cool_down), states, CONTROL_GROUP])
        return {customer for (customer,) in cursor.fetchall()}
