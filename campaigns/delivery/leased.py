"""Moves out of ``leased`` other than into ``sending``: each is one UPDATE that asks for
our token.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from campaigns.delivery import sql
from campaigns.delivery.claim import Lease
from campaigns.delivery.gating.gates import Verdict
from campaigns.models import Message
from retention_site.lib.clock import now

SETTLE = """
    WITH verdict AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(waits)s::timestamptz[])
            AS verdict (id, state, reason, not_before)
    ), moved AS (
        UPDATE campaigns_message message
        SET state = verdict.state, reason = verdict.reason, lease_token = NULL, lease_until = NULL,
            not_before = coalesce(verdict.not_before, message.not_before),
            finished_at = CASE WHEN verdict.state <> 'queued' THEN %(now)s END
        FROM verdict
        WHERE message.id = verdict.id AND message.state = 'leased' AND message.lease_token = %(token)s
        RETURNING message.id, message.state
    )
    DELETE FROM campaigns_capslot WHERE message_id IN (SELECT id FROM moved WHERE state <> 'queued')
"""


def settle(lease: Lease, verdicts: Mapping[int, Verdict]) -> None:
    """Move messages that stay here where their verdict says; rows that are no longer
    ours stay untouched.
    """
    if not verdicts:
        return
    turned = sql.columns(
        ((id_, v.state, v.reason[:500], v.not_before) for id_, v in verdicts.items()), 4
    )
    values = dict(zip(("ids", "states", "reasons", "waits"), turned, strict=True))
    sql.relaxed(SETTLE, {**values, "token": lease.token, "now": now()})


def release(
    lease: Lease, messages: Iterable[int], reason: str = "", seconds: float = 0.0
) -> None:
    """Give messages back unsent, to be looked at again after ``seconds``."""
    wait = now() + timedelta(seconds=seconds)
    settle(
        lease,
        {message: Verdict(Message.State.QUEUED, reason, wait) for message in messages},
    )


WITHDRAW = """
    WITH moved AS (
        UPDATE campaigns_message SET state = 'queued', lease_token = NULL, lease_until = NULL
        WHERE id = ANY(%(ids)s) AND state IN ('leased', 'sending') AND lease_token = %(token)s
        RETURNING id
    )
    UPDATE campaigns_attempt attempt SET state = 'deferred', detail = 'not sent: the database was away',
        finished_at = clock_timestamp()
    FROM moved WHERE attempt.message_id = moved.id AND attempt.state = 'intent'
"""


def withdraw(lease: Lease, messages: Iterable[int]) -> None:
    """Take an intent back that may or may not have been committed: this worker knows
    that nothing left.
    """
    sql.relaxed(WITHDRAW, {"ids": list(messages), "token": lease.token})
