"""Who has not answered for so long that they get less, then nothing: one statement for a
set of customers.

An answer is a click, an open or a reply by a person, an order, or a yes to being written
to: what machines open is none. Messages about a customer's own business count for
nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.crypto import salted_hmac

from campaigns.content import shop_rules
from campaigns.models import Message
from campaigns.stats.allocation.assignment import is_within

LESS, NOTHING = "less", "nothing"
LESS_DAYS = 30  # who gets less is written to once in so many days
LOOKED_BACK = timedelta(days=365)  # beyond the days of the rule
SALT = salted_hmac(__name__, "exempt from the sunset", algorithm="sha256").hexdigest

SILENT = """
    WITH person AS (
        SELECT id, id AS owner FROM unnest(%(customers)s::bigint[]) AS asked (id)
        UNION ALL
        SELECT member.id, member.merged_into_id FROM profiles_customer member
        WHERE member.merged_into_id = ANY(%(customers)s)
    ), written AS MATERIALIZED (
        SELECT person.owner, message.id, message.sent_at,
            count(*) OVER (PARTITION BY person.owner) AS n, min(sent_at) OVER (PARTITION BY person.owner) AS first
        FROM person JOIN campaigns_message message ON message.customer_id = person.id
        JOIN campaigns_campaign campaign ON campaign.id = message.campaign_id AND campaign.kind <> 'transactional'
        WHERE message.sent_at > %(since)s AND message.state = ANY(%(reached)s)
    ), doubtful AS MATERIALIZED (
        SELECT DISTINCT owner FROM written WHERE n >= %(fewest)s AND first < %(less)s
    ), answers AS (
        SELECT written.owner, touch.at FROM doubtful JOIN written USING (owner)
        JOIN campaigns_touchpoint touch ON touch.message_id = written.id
        WHERE touch.kind IN ('open', 'click', 'reply') AND NOT touch.is_machine
        UNION ALL
        SELECT person.owner, event.happened_at FROM doubtful JOIN person USING (owner)
        JOIN profiles_event event ON event.customer_id = person.id
        WHERE event.type = 'purchase' AND event.happened_at > %(since)s
        UNION ALL
        SELECT person.owner, consent.at FROM doubtful JOIN person USING (owner)
        JOIN profiles_consent consent ON consent.customer_id = person.id
        WHERE consent.status = 'granted' AND consent.at > %(since)s AND consent.at <= %(now)s
    ), alive AS (
        SELECT owner, max(answers.at) AS at FROM doubtful LEFT JOIN answers USING (owner) GROUP BY owner
    )
    SELECT written.owner, min(written.sent_at), max(written.sent_at) FROM alive JOIN written USING (owner)
    WHERE written.sent_at > coalesce(alive.at, '-infinity')
    GROUP BY written.owner HAVING count(*) >= %(fewest)s AND min(written.sent_at) < %(less)s
"""
KEEP = """
    INSERT INTO campaigns_sunsetcase (customer_id, is_exempt, exempt_share, began_at)
    SELECT customer, exempt, %(share)s, %(now)s
    FROM unnest(%(customers)s::bigint[], %(exempt)s::bool[]) AS found (customer, exempt)
    ON CONFLICT (customer_id) DO NOTHING
"""


def silent(customers: Sequence[int], now: datetime) -> dict[int, str]:
    """Return who is held back, by primary key: those who get nothing any more, those
    who get less and had something within the month, and "" for who gets less and may
    have something now. Who answers is left out.
    """
    rule = shop_rules.sunset()
    if not rule.is_on or not customers:
        return {}
    values: dict[str, Any] = {
        "customers": list(customers),
        "now": now,
        "since": now - timedelta(days=rule.nothing_days) - LOOKED_BACK,
        "less": now - timedelta(days=rule.less_days),
        "fewest": rule.fewest,
        "reached": [str(state) for state in Message.REACHED],
    }
    with connection.cursor() as cursor:
        cursor.execute(SILENT, values)
        return {owner: _stage(rule, first, last, now) for owner, first, last in cursor}


def _stage(
    rule: shop_rules.Sunset, first: datetime, last: datetime, now: datetime
) -> str:
    if first < now - timedelta(days=rule.nothing_days):
        return NOTHING
    return LESS if last > now - timedelta(days=LESS_DAYS) else ""


def exempt(external_ids: Sequence[str]) -> list[bool]:
    """Say who is exempt from the rule by lot, for life: against them it is measured."""
    share = shop_rules.sunset().exempt
    found = is_within(external_ids, salt=SALT(), low=0.0, high=share)
    return [bool(one) for one in found]


def keep(found: Iterable[tuple[int, bool]], now: datetime) -> None:
    """Write down for whom the rule was first found to hold, exempt ones too."""
    rows = list(found)
    if not rows:
        return
    customers, is_exempt = zip(*rows, strict=True)
    values: dict[str, Any] = {
        "customers": [*customers],
        "exempt": [*is_exempt],
        "share": shop_rules.sunset().exempt,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(KEEP, values)
