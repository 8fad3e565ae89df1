"""Someone calls a campaign for a customer, by webhook or API: at once, or once its
delay is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns.content.triggers import span
from campaigns.models import Campaign, Occasion, Trigger
from campaigns.planning.launch import CannotLaunch, must_be_active
from campaigns.triggers.armed_triggers import Watched
from campaigns.triggers.occasion_rows import Sighting, notice
from campaigns.triggers.start import start_one
from campaigns.triggers.triggered_launch import launch_for, standing
from profiles.intake import iso_times
from profiles.models import Customer
from retention_site.lib.clock import now, shop_zone

TIMES = ("at", "occurred_at", "happened_at")  # where a caller may say when it happened


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a call: a message (by key), or an occasion that waits or was
    refused.
    """

    message: int | None
    occasion: Occasion | None = None

    @property
    def words(self) -> str:
        if self.message is not None:
            return f"message {self.message}"
        occasion = self.occasion
        if occasion is None or occasion.state == Occasion.State.WAITING:
            return (
                f"waits until {occasion.due_at:%Y-%m-%d %H:%M} UTC"
                if occasion
                else "nothing came of it"
            )
        return occasion.reason or str(occasion.get_state_display())


def call(
    campaign: Campaign,
    customer: Customer,
    *,
    key: str,
    data: Mapping[str, Any],
    trigger: str,
) -> Called:
    """Start a campaign for a customer, once for the key; raise `CannotLaunch`. Who
    calls sends what came of it.
    """
    if campaign.origin == Campaign.Origin.JOURNEY:
        must_be_active(campaign)
        return _noticed(campaign, customer.merged_into_id or customer.pk, key, data)
    stands = standing(campaign, started_by=trigger)
    plan = stands.content.trigger
    happened_at = _happened_at(data)
    if plan and happened_at < now() - span(plan.not_older_than):
        raise CannotLaunch(
            f"It happened at {happened_at:%Y-%m-%d %H:%M} UTC, longer ago than {plan.not_older_than}."
        )
    if plan is None or not (plan.delay or plan.cool_down or plan.cancel_if):
        return Called(launch_for(stands, customer, key=key, data=data))
    told = {"at": happened_at.isoformat(), **data}
    return _noticed(campaign, customer.merged_into_id or customer.pk, key, told)


def _happened_at(data: Mapping[str, Any]) -> datetime:
    """Return when it happened, by what the caller says; a caller who says nothing calls at once."""
    said = next((data[name] for name in TIMES if data.get(name)), None)
    try:
        found = iso_times.parsed(said) if isinstance(said, str) else now()
    except ValueError:
        return now()
    return min(now(), found if found.tzinfo else found.replace(tzinfo=shop_zone()))


@transaction.atomic
def _noticed(
    campaign: Campaign, customer: int, key: str, data: Mapping[str, Any]
) -> Called:
    trigger = Trigger.objects.filter(campaign=campaign, is_active=True).first()
    if trigger is None:
        raise CannotLaunch(f"{campaign} is not watched for: approve it again.")
    moment, watched = now(), Watched.of(trigger)
    notice(
        [
            Sighting(
                watched.id, customer, key, moment, moment + watched.delay, dict(data)
            )
        ],
        moment,
    )
    occasion = (
        Occasion.objects.select_for_update(of=("self",))
        .select_related("customer")
        .get(campaign=campaign, key=key)
    )
    message = start_one(occasion)
    occasion.refresh_from_db()
    return Called(message, occasion)
