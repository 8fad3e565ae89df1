"""Claim due messages: one UPDATE, rows that another worker holds are skipped."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import prefetch_related_objects

from campaigns.delivery import sql, version_cache
from campaigns.delivery.lease_times import timing
from campaigns.models import Campaign, Message, Run
from profiles.models import Customer
from retention_site.lib import registry
from retention_site.lib.clock import now

BULK, TRIGGERED = "bulk", "triggered"
LANES = (TRIGGERED, BULK)

# where all marketing stands still, customers' own business goes on; asked once a batch
UNBRAKED = """(
                NOT EXISTS (SELECT FROM campaigns_brake WHERE campaign_id IS NULL AND released_at IS NULL)
                OR message.campaign_id IN (SELECT id FROM campaigns_campaign WHERE kind = 'transactional')
            )"""
# SKIP LOCKED: no worker waits for another, and none takes a row twice. The lease ends
# by the database's clock, the one clock that all workers share.
CLAIM = f"""
    WITH due AS (
        SELECT message.id FROM campaigns_message message
        WHERE message.state = 'queued' AND message.lane = %(lane)s AND message.not_before <= %(now)s
            AND NOT EXISTS (
                SELECT FROM campaigns_campaign campaign
                WHERE campaign.id = message.campaign_id AND campaign.state = 'paused'
            )
            AND NOT EXISTS (SELECT FROM campaigns_sendingpause)
            AND {UNBRAKED}
        ORDER BY message.priority, message.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE campaigns_message message
    SET state = 'leased', lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s * interval '1 second'
    FROM due WHERE message.id = due.id RETURNING message.id
"""  # noqa: S608  the parts are constants
DUE = f"""
    SELECT EXISTS (
        SELECT FROM campaigns_message message JOIN campaigns_campaign campaign ON campaign.id = message.campaign_id
        WHERE message.state = 'queued' AND message.lane = %(lane)s AND message.not_before <= %(now)s
            AND campaign.state <> 'paused' AND NOT EXISTS (SELECT FROM campaigns_sendingpause)
            AND {UNBRAKED}
    )
"""  # noqa: S608  the parts are constants

MESSAGES = "SELECT * FROM campaigns_message WHERE id = ANY(%s) ORDER BY priority, id"
CUSTOMERS = "SELECT * FROM profiles_customer WHERE id = ANY(%s)"
CAMPAIGNS = "SELECT * FROM campaigns_campaign WHERE id = ANY(%s)"
RUNS = """
    SELECT run.id, version.id, version.hash FROM campaigns_run run
    JOIN campaigns_campaignversion version ON version.id = run.version_id WHERE run.id = ANY(%s)
"""


@dataclass(frozen=True)
class Lease:
    """Our right to a batch. ``safe_until`` is on this process's monotonic clock, which
    no one sets.
    """

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
    # read before the database's clock starts the lease
    lease = Lease(uuid.uuid4(), time.monotonic() + spans.safe)
    values = {
        "lane": lane,
        "now": moment,
        "limit": settings.SEND_BATCH,
        "token": lease.token,
        "lease": spans.lease,
    }
    # a claim that a crash forgets leaves its rows queued: no need to wait for the disk
    ids = [row[0] for row in sql.relaxed(CLAIM, values)]
    return Batch(lease, lane, load(ids), moment, len(ids) == settings.SEND_BATCH)


def has_due(lane: str) -> bool:
    """Say whether anything waits that may go now."""
    return bool(sql.rows(DUE, {"lane": lane, "now": now()})[0][0])


def load(ids: list[int]) -> list[Message]:
    """Return messages in sending order with customer, devices, campaign and run; a few
    queries, however many.

    Written out: putting the query together took longer than PostgreSQL takes for one
    triggered message.
    """
    if not ids:
        return []
    messages = list(Message.objects.raw(MESSAGES, [ids]))
    customers = _customers({message.customer_id for message in messages})
    campaigns = {
        one.pk: one
        for one in Campaign.objects.raw(CAMPAIGNS, [_of(messages, "campaign_id")])
    }
    runs = _runs(_of(messages, "run_id"))
    for message in messages:
        message.customer = customers[message.customer_id]
        message.campaign = campaigns[message.campaign_id]
        message.run = runs.get(message.run_id) if message.run_id else None
    used = {message.channel for message in messages} & set(registry.keys("channels"))
    for key in sorted(used):
        prefetch_related_objects(messages, *registry.load("channels", key).prefetches)
    return messages


def _of(messages: list[Message], name: str) -> list[int]:
    return list({getattr(message, name) for message in messages} - {None})


def _customers(ids: set[int]) -> dict[int, Customer]:
    """Return customers; those who were merged with who they became."""
    found = {one.pk: one for one in Customer.objects.raw(CUSTOMERS, [list(ids)])}
    merged = [one for one in found.values() if one.merged_into_id]
    if merged:
        became = {one.merged_into_id for one in merged} - found.keys()
        survivors = {
            **found,
            **{one.pk: one for one in Customer.objects.raw(CUSTOMERS, [list(became)])},
        }
        for one in merged:
            assert one.merged_into_id is not None  # noqa: S101  that is what merged means
            one.merged_into = survivors[one.merged_into_id]
    return found


def _runs(ids: list[int]) -> Mapping[int, Run]:
    """Return runs with their versions. What delivery asks of them never changes: they
    are remembered by version and hash, since a number alone may mean another run after
    a database was restored under us.
    """
    wanted = {
        run: (run, version, hash_) for run, version, hash_ in sql.rows(RUNS, [ids])
    }
    if unknown := [run for run, key in wanted.items() if key not in _known]:
        if len(_known) > version_cache.MOST_VERSIONS:
            _known.clear()
            unknown = list(wanted)
        for run in (
            Run.objects.select_related("version")
            .defer("version__content")
            .filter(pk__in=unknown)
        ):
            version_cache.put_in([run.version])
            _known[run.pk, run.version_id, run.version.hash] = run
    return {run: _known[key] for run, key in wanted.items()}


_known: dict[tuple[int, int, str], Run] = {}
