"""What the rules of the shop changed last week, and what another value would change."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from campaigns.content import shop_rules
from campaigns.models import Message
from retention_site.lib.clock import now, shop_zone

WEEK = timedelta(7)
# a zone that PostgreSQL does not know is the shop's
WITHIN = """
    SELECT count(*) FROM (
        SELECT (message.sent_at AT TIME ZONE coalesce(zone.name, %(shop)s))::time AS wall
        FROM campaigns_message message
        JOIN profiles_customer customer ON customer.id = message.customer_id
        JOIN campaigns_campaign campaign ON campaign.id = message.campaign_id
        LEFT JOIN pg_timezone_names zone ON zone.name = customer.time_zone
        WHERE message.sent_at > %(since)s AND message.sent_at <= %(now)s AND message.channel = ANY(%(channels)s)
            AND NOT EXISTS (
                SELECT FROM campaigns_run run JOIN campaigns_campaignversion version ON version.id = run.version_id
                WHERE run.id = message.run_id AND version.content ->> 'kind' = 'transactional')
    ) AS left_at
    WHERE CASE WHEN %(start)s <= %(end)s THEN wall >= %(start)s AND wall < %(end)s
        ELSE wall >= %(start)s OR wall < %(end)s END
"""


def n_within(start: time, end: time, channels: list[str]) -> int:
    """Count last week's marketing messages that left inside these hours of the
    customer's clock: they would have waited.
    """
    values: dict[str, Any] = {
        "shop": shop_zone().key,
        "since": now() - WEEK,
        "now": now(),
        "channels": channels,
        "start": start,
        "end": end,
    }
    with connection.cursor() as cursor:
        cursor.execute(WITHIN, values)
        return int(cursor.fetchone()[0])


def last_week() -> dict[str, int]:
    """Count what the rules did last week: messages that limits or less often held back,
    customers held out, messages that wait for the end of quiet hours.
    """
    recent = Message.objects.filter(not_before__gt=now() - WEEK)
    found: dict[str, int] = recent.aggregate(
        capped=Count("pk", filter=Q(state=Message.State.CAPPED)),
        capped_people=Count(
            "customer", filter=Q(state=Message.State.CAPPED), distinct=True
        ),
        held_out=Count("customer", filter=Q(is_held_out=True), distinct=True),
        quiet=Count("pk", filter=Q(state=Message.State.QUEUED, reason="quiet hours")),
    )
    return found


def cost_of_week() -> float:
    """Return what last week's messages cost at the costs that hold now."""
    sent = Message.objects.filter(sent_at__gt=now() - WEEK, sent_at__lte=now())
    counts = dict(sent.values_list("channel").annotate(n=Count("pk")))
    costs = shop_rules.send_costs()
    return sum(n * costs.get(channel, 0.0) for channel, n in counts.items())
