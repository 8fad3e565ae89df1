"""Claim due messages: one UPDATE, rows that another worker holds are skipped."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from campaigns.delivery import sql
from campaigns.delivery.timing import timing
from campaigns.models import Campaign, Message, Run
from retention_site.lib.clock import now

BULK, TRIGGERED = "bulk", "triggered"
LANES = (TRIGGERED, BULK)

CLAIM = """
    WITH due AS (
        SELECT message.id FROM campaigns_message message
        WHERE message.state = 'queued' AND message.lane = %(lane)s AND message.not_before <= %(now)s
            AND NOT EXISTS (
                SELECT FROM campaigns_campaign campaign
                WHERE campaign.id = message.campaign_id AND campaign.state = 'paused'
            )
        ORDER BY message.priority, message.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE campaigns_message message
    SET state = 'leased', lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s * interval '1 second'
    FROM due WHERE message.id = due.id RETURNING message.id
"""
DUE = """
    SELECT EXISTS (
        SELECT FROM campaigns_message message JOIN campaigns_campaign campaign ON campaign.id = message.campaign_id
        WHERE message.state = 'queued' AND message.lane = %(lane)s AND message.not_before <= %(now)s
            AND campaign.state <> 'paused'
    )
"""


@dataclass(frozen=True)
class Lease:
    """Our right to a batch. ``safe_until`` is on this process's monotonic clock, which no one sets."""

    token: uuid.UUID
    safe_until: float

    @property
    def is_safe(self) -> bool:
        return time.monotonic() < self.safe_until


@dataclass(frozen=True)
class Batch:
    """Claimed messages, with customer, campaign and run at hand."""

    lease: Lease
    lane: str
    messages: list[Message]
    claimed_at: datetime  # business time


def claim(lane: str) -> Batch:
    """Lease a batch of due messages of a lane; it is empty when there is nothing to do."""
    spans, moment = timing(), now()
    lease = Lease(uuid.uuid4(), time.monotonic() + spans.safe)  # read before the database's clock starts the lease
    values = {"lane": lane, "now": moment, "limit": settings.SEND_BATCH, "token": lease.token, "lease": spans.lease}
    ids = [row[0] for row in sql.relaxed(CLAIM, values)]
    return Batch(lease, lane, load(ids), moment)


def has_due(lane: str) -> bool:
    """Say whether anything waits that may go now."""
    return bool(sql.rows(DUE, {"lane": lane, "now": now()})[0][0])


def load(ids: list[int]) -> list[Message]:
    """Return messages in sending order with customer, devices, campaign and run; one query each, not one a row."""
    if not ids:
        return []
    messages = list(
        Message.objects.filter(pk__in=ids)
        .select_related("customer__merged_into")
        .prefetch_related("customer__devices")
        .order_by("priority", "pk")
    )
    campaigns = _by_id(Campaign, {message.campaign_id for message in messages})
    runs = {run.pk: run for run in Run.objects.select_related("version").filter(pk__in={m.run_id for m in messages})}
    for message in messages:
        message.campaign = campaigns[message.campaign_id]
        message.run = runs.get(message.run_id) if message.run_id else None
    return messages


def _by_id(model: Any, ids: set[int]) -> Mapping[int, Any]:
    return model.objects.in_bulk(ids)
