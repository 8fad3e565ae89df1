"""A campaign started for one customer by something that happened: milliseconds, one message, once per key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from campaigns.models import Campaign, CampaignVersion, Message, Run
from campaigns.planning import messages
from campaigns.planning.content.read import read
from campaigns.planning.frozen import freeze
from campaigns.planning.launch import CannotLaunch
from profiles.models import Customer
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

SEND = "campaigns.tasks.send_due"
LANE = "triggered"
STANDING = "triggers:"  # key of the one run that holds a version's triggered messages


def launch_for(
    campaign: Campaign, customer: Customer, *, key: str, data: Mapping[str, Any], trigger: str = "webhook"
) -> Message:
    """Plan the campaign's message for one customer and wake its sender; the same ``key`` returns the same message.

    ``data`` is what the template finds as `data`. Held messages have a row too. Raise `CannotLaunch`.
    """
    dedupe_key = f"trigger:{campaign.pk}:{key}"
    if earlier := Message.objects.filter(dedupe_key=dedupe_key).first():
        return earlier
    version = _approved(campaign)
    run = standing_run(version, started_by=trigger)
    with transaction.atomic():
        if not _is_open(run, dedupe_key):  # another version was approved this moment
            return launch_for(campaign, customer, key=key, data=data, trigger=trigger)
        firing = messages.Firing(
            run=run,
            content=read(version.content),
            salt=version.salt,
            now=now(),
            key_of=lambda _customer: dedupe_key,
            lane=LANE,
            data=data,
        )
        messages.plan(firing, [customer.merged_into_id or customer.pk])
        wake(SEND, LANE)
    return Message.objects.get(dedupe_key=dedupe_key)


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


def _is_open(run: Run, dedupe_key: str) -> bool:
    """Keep the run from being closed, and this key from being planned by anyone else, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [dedupe_key])
        cursor.execute("SELECT n_audience FROM campaigns_run WHERE id = %s FOR SHARE", [run.pk])
        (n_audience,) = cursor.fetchone()
    return n_audience is None


def _approved(campaign: Campaign) -> CampaignVersion:
    if campaign.state != Campaign.State.ACTIVE:
        raise CannotLaunch(f"{campaign} is {campaign.get_state_display()}; resume it first.")
    version = campaign.approved_version
    if version is None:
        raise CannotLaunch(f"{campaign} has no approved version.")
    if not version.content.get("trigger"):
        raise CannotLaunch(f"{campaign} has no trigger; it is launched for an audience.")
    return version
