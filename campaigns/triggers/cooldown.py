"""What speaks against another message of a trigger: the customer had one lately."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from campaigns.content.triggers import span
from campaigns.models import Message
from campaigns.planning.decide import CONTROL_GROUP
from retention_site.lib.clock import now

# Control customers count as if they had been written to: both groups meet the same
# rules.
LATELY = """
    SELECT DISTINCT customer_id FROM campaigns_message
    WHERE customer_id = ANY(%s) AND campaign_id = %s AND planned_at > %s
        AND (state = ANY(%s) OR (state = 'held' AND reason = %s))
"""


def had_lately(campaign: int, customers: Sequence[int], cool_down: str) -> set[int]:
    """Return the customers whom the campaign wrote to, or is about to, within its
    cool-down.
    """
    states = [
        str(state) for state in (*Message.LIVE, *Message.REACHED, Message.State.UNKNOWN)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            LATELY,
            [list(customers), campaign, now() - span(cool_down), states, CONTROL_GROUP],
        )
        return {customer for (customer,) in cursor.fetchall()}
