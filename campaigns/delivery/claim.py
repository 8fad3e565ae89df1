"""Claim due messages: one UPDATE, rows that another worker holds are skipped."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import prefetch_related_objects

from campaigns.delivery import contents, sql
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
            AND NOT EXISTS (SELECT FROM campaigns_sendingpause)
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
            AND campaign.state <> 'paused' AND NOT EXISTS (SELECT FROM campaigns_sendingpause)
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
    is_full: bool  # more may be waiting


def claim(lane: str) -> Batch:
    """Lease a batch of due messages of a lane; it is empty when there is nothing to do."""
    spans, moment = timing(), now()
    lease = Lease(uuid.uuid4(), time.monotonic() + spans.safe)  # read before the database's clock starts the lease
    values = {"lane": lane, "now": moment, "limit": settings.SEND_BATCH, "token": lease.token, "lease": spans.lease}
    ids = [row[0] for row in sql.relaxed(CLAIM, values)]
    return Batch(lease, lane, load(ids), moment, len(ids) == settings.SEND_BATCH)


def has_due(lane: str) -> bool:
    """Say whether anything waits that may go now."""
    return bool(sql.rows(DUE, {"lane": lane, "now": now()})[0][0])


def load(ids: list[int]) -> list[Message]:
    """Return messages in sending order with customer, devices, campaign and run; one query each, not one a row."""
    if not ids:
        return []
    found = Message.objects.filter(pk__in=ids).select_related("customer__merged_into").order_by("priority", "pk")
    messages = list(found)
    if any(message.channel == "push" for message in messages):
        prefetch_related_objects(messages, "customer__devices")
    runs = _runs({message.run_id for message in messages if message.run_id})
    campaigns = {run.campaign_id: run.campaign for run in runs.values()}
    if strange := {message.campaign_id for message in messages} - campaigns.keys():
        campaigns |= Campaign.objects.in_bulk(strange)  # messages of no run
    for message in messages:
        message.campaign = campaigns[message.campaign_id]
        message.run = runs.get(message.run_id) if message.run_id else None
    return messages


def _runs(ids: set[int]) -> Mapping[int, Run]:
    """Return runs with their campaigns and versions."""
    runs = Run.objects.select_related("campaign", "version").defer("version__content").in_bulk(ids)
    contents.put_in(run.version for run in runs.values())
    return runs
