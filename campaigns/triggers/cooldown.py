"""What speaks against another message of a trigger: the customer had one lately, or
another customer of the same address had.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from campaigns.content.triggers import span
from campaigns.delivery.gating.address_mates import AT_ADDRESS
from campaigns.models import Message
from campaigns.planning.decide import CONTROL_GROUP
from retention_site.lib.clock import now

# Control customers count as if they had been written to: both groups meet the same
# rules. Of others at the address only what is sent there counts.
LATELY = f"""
    SELECT customer_id, true FROM campaigns_message
    WHERE customer_id = ANY(%(persons)s) AND campaign_id = %(campaign)s AND planned_at > %(since)s
        AND (state = ANY(%(states)s) OR (state = 'held' AND reason = %(control)s))
    UNION
    SELECT asked.person, false
    FROM unnest(%(persons)s::bigint[]) AS asked (person)
    CROSS JOIN unnest(ARRAY['email', 'sms']) AS by (channel)
    CROSS JOIN LATERAL ({AT_ADDRESS.format(person="asked.person", channel="by.channel")}) AS other
    JOIN profiles_customer member ON member.id = other.head OR member.merged_into_id = other.head
    JOIN campaigns_message message ON message.customer_id = member.id AND message.channel = by.channel
        AND message.campaign_id = %(campaign)s AND message.planned_at > %(since)s
        AND message.state = ANY(%(states)s)
    WHERE %(is_marketing)s AND other.head <> asked.person
"""  # noqa: S608  the parts are constants
# Whoever shares an address waits for the same lock, so that nobody plans beside it.
LOCK = """
    SELECT pg_advisory_xact_lock(hashtextextended('occasion:' || %s || ':' || place, 0))
    FROM (
        SELECT DISTINCT place FROM profiles_customer customer
        CROSS JOIN LATERAL (VALUES (customer.id::text), (lower(customer.email)), (customer.phone))
            AS known_by (place)
        WHERE customer.id = ANY(%s) AND place <> '' ORDER BY place
    ) AS sorted
"""


def lock(campaign: int, customers: Sequence[int]) -> None:
    """Let nobody else start this campaign for these customers, or for others of their
    addresses, until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [campaign, list(customers)])


def had_lately(
    campaign: int, customers: Sequence[int], cool_down: str, *, is_marketing: bool
) -> dict[int, str]:
    """Return why customers get nothing: the campaign wrote to them, or to their address,
    or is about to, within its cool-down.
    """
    states = [
        str(state) for state in (*Message.LIVE, *Message.REACHED, Message.State.UNKNOWN)
    ]
    values: dict[str, Any] = {
        "persons": list(customers),
        "campaign": campaign,
        "since": now() - span(cool_down),
        "states": states,
        "control": CONTROL_GROUP,
        "is_marketing": is_marketing,
    }
    with connection.cursor() as cursor:
        cursor.execute(LATELY, values)
        found = sorted(
            cursor.fetchall()
        )  # the customer's own reason comes last, and stays
    return {
        customer: had_one(cool_down) if is_own else at_address(cool_down)
        for customer, is_own in found
    }


def had_one(cool_down: str) -> str:
    return f"had one within {cool_down}"


def at_address(cool_down: str) -> str:
    return f"another customer of the address had one within {cool_down}"
