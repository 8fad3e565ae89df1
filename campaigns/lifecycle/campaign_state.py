"""Hold a campaign back, let it go on, or end it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from campaigns.delivery.limits import brake
from campaigns.models import Campaign, Message, Run, Schedule, Trigger
from campaigns.planning.message_planner import STOPPED
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

SEND = "campaigns.tasks.send_due"
PROCESS = "campaigns.tasks.process_webhooks"


class CannotChange(Exception):
    """The campaign is not where this leads from: one sentence."""


def pause(campaign: Campaign) -> Campaign:
    """Hold back what is not sent yet; launches wait too."""
    return _move(
        campaign,
        Campaign.State.PAUSED,
        allowed=(Campaign.State.ACTIVE, Campaign.State.PAUSED),
    )


def resume(campaign: Campaign, *, by: Any = None) -> Campaign:
    """Let a paused campaign go on, with the webhooks that came meanwhile; a brake on it
    ends with it.
    """
    moved = _move(
        campaign,
        Campaign.State.ACTIVE,
        allowed=(Campaign.State.ACTIVE, Campaign.State.PAUSED),
    )
    brake.release(campaign, by=by)
    wake(PROCESS)
    for lane in ("bulk", "triggered"):
        wake(SEND, lane)
    return moved


@transaction.atomic
def stop(campaign: Campaign) -> int:
    """End a campaign and its runs for good; return how many messages were cancelled.

    What is on its way can't be called back.
    """
    _move(campaign, Campaign.State.STOPPED, allowed=tuple(Campaign.State))
    brake.release(campaign)
    runs = Run.objects.filter(
        campaign=campaign, state__in=[Run.State.PLANNING, Run.State.SENDING]
    )
    runs.update(state=Run.State.STOPPED, finished_at=now())
    Schedule.objects.filter(campaign=campaign).update(is_active=False)
    Trigger.objects.filter(campaign=campaign).update(is_active=False)
    waiting = Message.objects.filter(
        campaign=campaign,
        state__in=[Message.State.QUEUED, Message.State.PLANNED, Message.State.LEASED],
    )
    return waiting.update(
        state=Message.State.CANCELLED,
        reason=STOPPED,
        lease_token=None,
        lease_until=None,
        finished_at=now(),
    )


def _move(
    campaign: Campaign, to: Campaign.State, *, allowed: tuple[Campaign.State, ...]
) -> Campaign:
    if not Campaign.objects.filter(pk=campaign.pk, state__in=allowed).update(state=to):
        campaign.refresh_from_db()
        is_final = campaign.state == Campaign.State.STOPPED
        after = " for good; apply its file under another name." if is_final else "."
        raise CannotChange(f"{campaign} is {campaign.get_state_display()}{after}")
    campaign.refresh_from_db()
    return campaign
