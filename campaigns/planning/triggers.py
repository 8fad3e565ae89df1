"""A campaign started for one customer by something that happened: milliseconds, one message, once per key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from campaigns.models import Campaign, CampaignVersion, Message, Run
from campaigns.planning import messages, people
from campaigns.planning.content.read import read
from campaigns.planning.frozen import freeze
from campaigns.planning.launch import CannotLaunch
from profiles.models import Customer
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

SEND = "campaigns.tasks.send_due"
LANE, BULK = "triggered", "bulk"
MOST_ITEMS = 12  # of one message
STANDING = "triggers:"  # key of the one run that holds a version's triggered messages


@dataclass(frozen=True, slots=True)
class Call:
    """A customer to whom the campaign's message goes, once for the key."""

    customer: int
    key: str
    data: Mapping[str, Any]  # what the template finds as `data`; ``item_ids`` become `data.items`


def launch_for(
    campaign: Campaign, customer: Customer, *, key: str, data: Mapping[str, Any], trigger: str = "webhook"
) -> Message:
    """Plan the campaign's message for one customer and wake its sender; the same ``key`` returns the same message.

    ``data`` is what the template finds as `data`. Held messages have a row too. Raise `CannotLaunch`.
    """
    call = Call(customer.merged_into_id or customer.pk, key, data)
    return Message.objects.get(pk=launch_many(campaign, [call], trigger=trigger)[key])


def launch_many(campaign: Campaign, calls: Sequence[Call], *, trigger: str, lane: str = LANE) -> dict[str, int]:
    """Plan the campaign's messages for customers, each named once; return messages by key. Raise `CannotLaunch`."""
    keys = {call.key: f"trigger:{campaign.pk}:{call.key}" for call in calls}
    written = _written(keys)
    if missing := [call for call in calls if call.key not in written]:
        _plan(campaign, missing, keys, trigger, lane)
        written = _written(keys)
    return written


def _written(keys: Mapping[str, str]) -> dict[str, int]:
    found = dict(Message.objects.filter(dedupe_key__in=keys.values()).values_list("dedupe_key", "pk"))
    return {key: found[dedupe] for key, dedupe in keys.items() if dedupe in found}


def _plan(campaign: Campaign, calls: Sequence[Call], keys: Mapping[str, str], trigger: str, lane: str) -> None:
    version = approved(campaign)
    run = standing_run(version, started_by=trigger)
    by_customer = {call.customer: call for call in calls}
    with transaction.atomic():
        if not _is_open(run, sorted(keys.values())):  # another version was approved this moment
            _plan(campaign, calls, keys, trigger, lane)
            return
        items = people.items(item for call in calls for item in _items(call))
        firing = messages.Firing(
            run=run,
            content=read(version.content),
            salt=version.salt,
            now=now(),
            key_of=lambda customer: keys[by_customer[customer].key],
            lane=lane,
            data_of=lambda customer: by_customer[customer].data,
            items_of=lambda customer: [items[item] for item in _items(by_customer[customer]) if item in items],
        )
        messages.plan(firing, list(by_customer))
        wake(SEND, lane)


def _items(call: Call) -> list[str]:
    """Return the items that a call is about, by their ids."""
    listed = call.data.get("item_ids")
    return [one for one in listed if isinstance(one, str)][:MOST_ITEMS] if isinstance(listed, list) else []


def standing_run(version: CampaignVersion, *, started_by: str) -> Run:
    """Return the run that holds all triggered messages of a version; it stays open until the version is replaced."""
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
    """Count the audience of a version that gets no more triggers: its run may finish now."""
    for run in Run.objects.select_for_update().filter(key=f"{STANDING}{version.pk}", n_audience=None):
        written = dict(Message.objects.filter(run=run).values_list("customer_id", "customer__external_id"))
        n = Message.objects.filter(run=run).count()
        Run.objects.filter(pk=run.pk).update(n_audience=n, audience_hash=freeze(written).hash)


def _is_open(run: Run, dedupe_keys: Sequence[str]) -> bool:
    """Keep the run from being closed, and these keys from being planned by anyone else, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest(%s::text[]) AS k", [list(dedupe_keys)]
        )
        cursor.execute("SELECT n_audience FROM campaigns_run WHERE id = %s FOR SHARE", [run.pk])
        (n_audience,) = cursor.fetchone()
    return n_audience is None


def approved(campaign: Campaign) -> CampaignVersion:
    """Return the version that a trigger starts; raise `CannotLaunch` with why nothing may start now."""
    if campaign.state != Campaign.State.ACTIVE:
        raise CannotLaunch(f"{campaign} is {campaign.get_state_display()}; resume it first.")
    version = campaign.approved_version
    if version is None:
        raise CannotLaunch(f"{campaign} has no approved version.")
    if not version.content.get("trigger"):
        raise CannotLaunch(f"{campaign} has no trigger; it is launched for an audience.")
    return version
