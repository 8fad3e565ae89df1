"""What went wrong of what was sent lately, by campaign and for all marketing: a few
statements at any size. Messages of customers' own business are not counted.

A figure begins anew when a person let a campaign go on: what was known then is decided.
What the brake holds already counts for its campaign and no more for all marketing: one
bad campaign does not stop the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from campaigns.content import shop_rules
from campaigns.delivery import sql
from campaigns.models import Brake
from campaigns.stats import rare_events
from retention_site.lib.clock import now, real_now

Kind = Brake.Kind
DAYS = (1, 7)  # each is looked at: a bad day is not hidden by a good week
ALPHA = 0.001  # of one look; there are many
FEWEST = {Kind.COMPLAINTS: 5, Kind.BOUNCES: 20, Kind.UNSUBSCRIBES: 20}
USUAL_DAYS, FEWEST_DAYS = 28, 7  # before a day is called unusual
FEWEST_SENT = 1000  # in a day, before there can be too many
LATE = timedelta(days=1)  # a clock of the shop runs beside the real one

HEARD = """
    WITH released AS (
        SELECT campaign_id, kind, max(released_at) AS at FROM campaigns_brake
        WHERE released_at IS NOT NULL GROUP BY 1, 2
    ), heard AS MATERIALIZED (
        SELECT DISTINCT message.id, message.campaign_id, touch.kind || 's' AS kind, message.sent_at AS at
        FROM campaigns_touchpoint touch JOIN campaigns_message message ON message.id = touch.message_id
        WHERE touch.kind IN ('bounce', 'complaint', 'unsubscribe') AND touch.heard_at > %(heard_since)s
            AND message.sent_at > %(since)s
            AND (touch.kind <> 'bounce' OR touch.evidence -> 'lasting' = 'true'::jsonb)
        UNION
        SELECT message.id, message.campaign_id, 'bounces', message.finished_at
        FROM campaigns_attempt attempt JOIN campaigns_message message ON message.id = attempt.message_id
        WHERE attempt.state = 'refused' AND attempt.started_at > %(heard_since)s AND message.state = 'failed'
            AND message.finished_at > %(since)s
    ), marketing AS (
        SELECT heard.* FROM heard JOIN campaigns_campaign campaign ON campaign.id = heard.campaign_id
        WHERE campaign.kind <> 'transactional'
    ), held AS (
        SELECT campaign_id FROM campaigns_brake WHERE released_at IS NULL AND campaign_id IS NOT NULL
    ), scoped AS (
        SELECT campaign_id AS scope, campaign_id, kind, at FROM marketing
        UNION ALL SELECT NULL, campaign_id, kind, at FROM marketing WHERE campaign_id NOT IN (SELECT * FROM held)
    ), counted AS (
        SELECT scope, scoped.kind, days, max(spans.since) AS since, count(*) AS n
        FROM scoped
        LEFT JOIN released ON released.campaign_id IS NOT DISTINCT FROM scope AND released.kind = scoped.kind
        LEFT JOIN released own ON own.campaign_id = scoped.campaign_id AND own.kind = scoped.kind
        CROSS JOIN LATERAL (
            SELECT days, greatest(%(now)s - days * interval '1 day', released.at) AS since
            FROM unnest(%(days)s::int[]) AS days
        ) AS spans
        WHERE scoped.at > greatest(spans.since, own.at) GROUP BY 1, 2, 3
    )
    SELECT scope, kind, days, n, (
        SELECT coalesce(sum(sent.n), 0) FROM campaigns_sentcount sent
        JOIN campaigns_campaign campaign ON campaign.id = sent.campaign_id AND campaign.kind <> 'transactional'
        LEFT JOIN released own ON own.campaign_id = sent.campaign_id AND own.kind = counted.kind
        WHERE sent.begins_at > greatest(counted.since, own.at) - interval '10 minutes'
            AND (sent.campaign_id = counted.scope
                OR counted.scope IS NULL AND sent.campaign_id NOT IN (SELECT * FROM held))
    ) + (
        SELECT count(*) FROM campaigns_message message
        WHERE NOT message.is_told AND message.sent_at IS NOT NULL
            AND (counted.scope IS NULL OR message.campaign_id = counted.scope)
    ) + (
        SELECT count(*) FROM campaigns_message message
        JOIN campaigns_attempt attempt ON attempt.message_id = message.id
        WHERE counted.kind = 'bounces' AND attempt.state = 'refused' AND attempt.started_at > %(heard_since)s
            AND message.state = 'failed' AND message.finished_at > counted.since
            AND (counted.scope IS NULL OR message.campaign_id = counted.scope)
    ) AS sent
    FROM counted ORDER BY scope NULLS FIRST, kind, days
"""
# blocks of 24 hours back from now: the newest against the busiest of those before it
VOLUME = """
    WITH released AS (
        SELECT campaign_id, max(released_at) AS at FROM campaigns_brake
        WHERE released_at IS NOT NULL AND kind = 'volume' GROUP BY 1
    ), sent AS (
        SELECT sent.campaign_id, sent.begins_at, sent.n,
            floor(extract(epoch FROM %(now)s - sent.begins_at) / 86400)::int AS back
        FROM campaigns_sentcount sent
        JOIN campaigns_campaign campaign ON campaign.id = sent.campaign_id AND campaign.kind <> 'transactional'
        WHERE sent.begins_at > %(now)s - (%(usual)s + 1) * interval '1 day' AND sent.begins_at <= %(now)s
    ), scoped AS (
        SELECT campaign_id AS scope, begins_at, n, back FROM sent
        UNION ALL SELECT NULL, begins_at, n, back FROM sent WHERE campaign_id NOT IN (
            SELECT campaign_id FROM campaigns_brake WHERE released_at IS NULL AND campaign_id IS NOT NULL
        )
    ), days AS (
        SELECT scope, back, sum(n) FILTER (WHERE back > 0 OR begins_at > coalesce(
            (SELECT at FROM released WHERE released.campaign_id IS NOT DISTINCT FROM scope), '-infinity'
        )) AS n FROM scoped GROUP BY 1, 2
    )
    SELECT scope, coalesce(max(n) FILTER (WHERE back = 0), 0)::int, max(n) FILTER (WHERE back > 0)::int
    FROM days GROUP BY scope
    HAVING max(n) FILTER (WHERE back = 0) >= %(fewest)s AND count(*) FILTER (WHERE back > 0) >= %(fewest_days)s
    ORDER BY scope NULLS FIRST
"""


@dataclass(frozen=True)
class Figure:
    """How much of one thing went wrong, and how sure that is."""

    campaign: int | None  # None: all marketing
    kind: str
    days: int
    n: int
    of: int  # messages; for volume, those of the busiest day
    at_least: float
    limit: float

    @property
    def label(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def is_beyond(self) -> bool:
        """Whether more went wrong than the limit allows, chance aside."""
        if self.kind == Kind.VOLUME:
            return self.at_least > self.limit
        return self.n >= FEWEST[Kind(self.kind)] and self.at_least > self.limit


def figures() -> list[Figure]:
    """Return every figure that there is, those beyond their limit among them."""
    limits = shop_rules.brake()
    return [*_heard(limits), *_volume(limits)] if limits.is_on else []


def _heard(limits: shop_rules.BrakeLimits) -> list[Figure]:
    longest = timedelta(days=max(DAYS))
    values = {
        "now": now(),
        "since": now() - longest,
        "heard_since": real_now() - longest - LATE,
        "days": [*DAYS],
    }
    return [
        Figure(
            scope,
            kind,
            days,
            n,
            int(sent),
            rare_events.share_at_least(n, int(sent), ALPHA),
            limits.of(kind),
        )
        for scope, kind, days, n, sent in sql.rows(HEARD, values)
    ]


def _volume(limits: shop_rules.BrakeLimits) -> list[Figure]:
    values = {
        "now": now(),
        "usual": USUAL_DAYS,
        "fewest": FEWEST_SENT,
        "fewest_days": FEWEST_DAYS,
    }
    return [
        Figure(
            scope,
            Kind.VOLUME,
            1,
            n,
            busiest,
            rare_events.count_at_least(n, ALPHA)
            / rare_events.count_at_most(busiest, ALPHA),
            limits.volume,
        )
        for scope, n, busiest in sql.rows(VOLUME, values)
    ]
