"""The intent: recorded and on disk before anything can leave. Asks once more whether it
may.
"""

import os
import socket
from collections.abc import Sequence
from typing import Any

from campaigns.delivery import sql
from campaigns.delivery.claim import UNBRAKED, Lease
from campaigns.delivery.prepare import Ready
from retention_site.lib.clock import now

# The gates looked some milliseconds ago. All that may forbid a message is asked again
# by the statement that lets it go: what is committed before it still holds the message
# back.
INTEND = f"""
    WITH wanted AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(persons)s::bigint[], %(hashes)s::text[], %(asks)s::bool[],
            %(topics)s::text[], %(keys)s::text[], %(subjects)s::text[], %(bodies)s::text[])
            AS wanted (id, person, address_hash, asks_consent, topic, key, subject, body)
    ), granted AS (
        UPDATE campaigns_message message
        SET state = 'sending', reason = '', n_attempts = message.n_attempts + 1, message_id = wanted.key,
            subject = wanted.subject, body = wanted.body
        FROM wanted
        WHERE message.id = wanted.id AND message.state = 'leased' AND message.lease_token = %(token)s
            AND message.lease_until > clock_timestamp()
            AND EXISTS (
                SELECT FROM campaigns_campaign campaign
                WHERE campaign.id = message.campaign_id AND campaign.state = 'active'
            )
            AND NOT EXISTS (SELECT FROM campaigns_sendingpause)
            AND {UNBRAKED}
            AND NOT EXISTS (
                SELECT FROM campaigns_suppression suppression
                WHERE suppression.channel = message.channel AND suppression.address_hash = wanted.address_hash
            )
            AND NOT EXISTS (
                SELECT FROM profiles_customer customer
                WHERE customer.id IN (message.customer_id, wanted.person) AND customer.erased_at IS NOT NULL
            )
            AND (NOT wanted.asks_consent
                OR {sql.consent_of("wanted.person", "message.channel", "wanted.topic")} = 'granted')
        RETURNING message.id, message.n_attempts, message.channel
    )
    INSERT INTO campaigns_attempt (message_id, n, channel, provider, state, worker)
    SELECT id, n_attempts, channel, %(provider)s, 'intent', %(worker)s FROM granted
    RETURNING message_id, n
"""  # noqa: S608  the parts are constants
WORKER = f"{socket.gethostname()} pid"


def intend(lease: Lease, group: Sequence[Ready], provider: str) -> dict[int, int]:
    """Commit to sending a group; return the number of this try for each message that
    may still leave.

    The rest was stopped meanwhile: opted out, paused, cancelled, or no longer ours.
    """
    values: dict[str, Any] = {
        **_columns(group),
        "token": lease.token,
        "now": now(),
        "provider": provider,
        "worker": f"{WORKER} {os.getpid()}",
    }
    return dict(sql.durable(INTEND, values))


def _columns(group: Sequence[Ready]) -> dict[str, list[object]]:
    names = ("ids", "persons", "hashes", "asks", "topics", "keys", "subjects", "bodies")
    turned = sql.columns((_row(ready) for ready in group), len(names))
    return dict(zip(names, turned, strict=True))


def _row(ready: Ready) -> tuple[object, ...]:
    one, outgoing = ready.candidate, ready.outgoing
    return (
        outgoing.message,
        one.customer.pk,
        one.address_hash,
        one.asks_consent,
        one.rules.topic,
        outgoing.key,
        outgoing.subject.replace("\0", ""),
        outgoing.text.replace("\0", ""),
    )
