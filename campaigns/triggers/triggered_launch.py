"""A campaign started for one customer by something that happened: milliseconds, one
message, once per key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from campaigns.content.model import Content
from campaigns.content.parse import read
from campaigns.delivery import version_cache
from campaigns.models import Campaign, CampaignVersion, Message, Run
from campaigns.planning import message_context, message_planner
from campaigns.planning.audiences.frozen_audience import freeze
from campaigns.planning.launch import CannotLaunch, must_be_active
from profiles.models import Customer
from retention_site.lib.clock import now

LANE, BULK = "triggered", "bulk"
STANDING = Run.STANDING

WRITTEN = "SELECT dedupe_key, id FROM campaigns_message WHERE dedupe_key = ANY(%s)"
STANDS = """
    SELECT run.id, version.id, version.hash FROM campaigns_campaignversion version
    JOIN campaigns_run run ON run.key = %s || version.id
    WHERE version.campaign_id = %s AND version.state = 'approved'
"""
# FOR SHARE reads the row as it is once we have it, even when a lock of the keys was
# waited for before
OPEN = """
    WITH alone AS MATERIALIZED (
        SELECT count(pg_advisory_xact_lock(hashtextextended(k, 0))) AS n FROM unnest(%s::text[]) AS k
    )
    SELECT run.n_audience FROM campaigns_run run, alone WHERE run.id = %s AND alone.n > 0 FOR SHARE OF run
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A customer to whom the campaign's message goes, once for the key."""

    customer: int
    key: str
    # what the template finds as `data`; ``item_ids`` become `data.items`
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LiveTrigger:
    """What a trigger starts now: the approved version, read, and the run that holds its
    messages.
    """

    campaign: Campaign
    run: Run
    content: Content

    @property
    def version(self) -> CampaignVersion:
        return self.run.version


def standing(campaign: Campaign, *, started_by: str) -> LiveTrigger:
    """Return what triggers of a campaign start now; raise `CannotLaunch` with why
    nothing may start.
    """
    must_be_active(campaign)
    with connection.cursor() as cursor:
        cursor.execute(STANDS, [STANDING, campaign.pk])
        key = cursor.fetchone()
    if key not in _known:
        run = standing_run(_triggered(campaign), started_by=started_by)
        if len(_known) > version_cache.MOST_VERSIONS:
            _known.clear()
        key = run.pk, run.version_id, run.version.hash
        _known[key] = run, read(run.version.content)
    return LiveTrigger(campaign, *_known[key])


def launch_for(
    stands: LiveTrigger, customer: Customer, *, key: str, data: Mapping[str, Any]
) -> int:
    """Plan the campaign's message for one customer and return its key; the same ``key``
    returns the same message.

    ``data`` is what the template finds as `data`. Held messages have a row too. Who
    calls sends it, or wakes who does.
    """
    return launch_many(
        stands, [Call(customer.merged_into_id or customer.pk, key, data)]
    )[key]


def launch_many(
    stands: LiveTrigger, calls: Sequence[Call], *, lane: str = LANE
) -> dict[str, int]:
    """Plan the campaign's messages for customers, each named once; return messages by
    key.
    """
    keys = {call.key: f"trigger:{stands.campaign.pk}:{call.key}" for call in calls}
    _plan(stands, calls, keys, lane)
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, [list(keys.values())])
        found = dict(cursor.fetchall())
    return {key: found[dedupe] for key, dedupe in keys.items()}


def _plan(
    stands: LiveTrigger, calls: Sequence[Call], keys: Mapping[str, str], lane: str
) -> None:
    by_customer = {call.customer: call for call in calls}
    with transaction.atomic(savepoint=False):
        # another version was approved this moment
        if not _is_open(stands.run, sorted(keys.values())):
            _plan(
                standing(stands.campaign, started_by=stands.run.started_by),
                calls,
                keys,
                lane,
            )
            return
        items = message_context.items(item for call in calls for item in _items(call))
        firing = message_planner.Firing(
            run=stands.run,
            content=stands.content,
            salt=stands.version.salt,
            now=now(),
            key_of=lambda customer: keys[by_customer[customer].key],
            lane=lane,
            data_of=lambda customer: by_customer[customer].data,
            items_of=lambda customer: [
                items[item] for item in _items(by_customer[customer]) if item in items
            ],
        )
        message_planner.plan(firing, list(by_customer))


def _items(call: Call) -> list[str]:
    return message_context.item_ids(call.data)


def standing_run(version: CampaignVersion, *, started_by: str) -> Run:
    """Return the run that holds all triggered messages of a version; it stays open
    until the version is replaced.
    """
    moment = now()
    run, _is_new = Run.objects.get_or_create(
        key=f"{STANDING}{version.pk}",
        defaults={
            "campaign_id": version.campaign_id,
            "version": version,
            "started_by": started_by,
            "state": Run.State.SENDING,
            "as_of": moment,
            "known_at": moment,
        },
    )
    return run


def close_standing(version: CampaignVersion) -> None:
    """Count the audience of a version that gets no more triggers: its run may finish
    now.
    """
    for run in Run.objects.select_for_update().filter(
        key=f"{STANDING}{version.pk}", n_audience=None
    ):
        written = dict(
            Message.objects.filter(run=run).values_list(
                "customer_id", "customer__external_id"
            )
        )
        n = Message.objects.filter(run=run).count()
        Run.objects.filter(pk=run.pk).update(
            n_audience=n, audience_hash=freeze(written).hash
        )


def _is_open(run: Run, dedupe_keys: Sequence[str]) -> bool:
    """Keep the run from being closed, and these keys from being planned by anyone else,
    until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [list(dedupe_keys), run.pk])
        (n_audience,) = cursor.fetchone()
    return n_audience is None


def _triggered(campaign: Campaign) -> CampaignVersion:
    """Return the version that a trigger starts."""
    version = campaign.approved_version
    if version is None:
        raise CannotLaunch(f"{campaign} has no approved version.")
    if not version.content.get("trigger"):
        raise CannotLaunch(
            f"{campaign} has no trigger; it is launched for an audience."
        )
    return version


# by run, version and hash: what is approved never changes
_known: dict[tuple[int, int, str], tuple[Run, Content]] = {}
