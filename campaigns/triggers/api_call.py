"""Someone calls a campaign for a customer, by webhook or API: at once, or once its
delay is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from campaigns.models import Campaign, Occasion, Trigger
from campaigns.planning.launch import CannotLaunch
from campaigns.triggers.armed_triggers import Watched
from campaigns.triggers.occasion_rows import Sighting, notice
from campaigns.triggers.start import start_one
from campaigns.triggers.triggered_launch import launch_for, standing
from profiles.models import Customer
from retention_site.lib.clock import now


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
    stands = standing(campaign, started_by=trigger)
    plan = stands.content.trigger
    if plan is None or not (plan.delay or plan.cool_down or plan.cancel_if):
        return Called(launch_for(stands, customer, key=key, data=data))
    return _noticed(campaign, customer.merged_into_id or customer.pk, key, data)


@transaction.atomic
def _noticed(
    campaign: Campaign, customer: int, key: str, data: Mapping[str, Any]
) -> Called:
    trigger = Trigger.objects.filter(campaign=campaign, is_active=True).first()
    if trigger is None:
        raise CannotLaunch(f"{campaign} is not watched for: approve it again.")
    moment, watched = now(), Watched.of(trigger)
    told = {**data, "at": data.get("at", moment.isoformat())}
    notice(
        [Sighting(watched.id, customer, key, moment, moment + watched.delay, told)],
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
