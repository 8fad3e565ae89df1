"""Hold a campaign back, let it go on, or end it."""

from __future__ import annotations

from django.db import transaction

from campaigns.models import Campaign, Message, Run
from campaigns.planning.message_planner import STOPPED
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

SEND = "campaigns.tasks.send_due"


class CannotChange(Exception):
    """The campaign is not where this leads from: one sentence."""


def pause(campaign: Campaign) -> Campaign:
    """Hold back what is not sent yet; launches wait too."""
    return _move(
        campaign,
        Campaign.State.PAUSED,
        allowed=(Campaign.State.ACTIVE, Campaign.State.PAUSED),
    )


def resume(campaign: Campaign) -> Campaign:
    """Let a paused campaign go on, or open a stopped one for new runs; what was
    cancelled stays so.
    """
    moved = _move(campaign, Campaign.State.ACTIVE, allowed=tuple(Campaign.State))
    for lane in ("bulk", "triggered"):
        wake(SEND, lane)
    return moved


@transaction.atomic
def stop(campaign: Campaign) -> int:
    """End a campaign and its runs; return how many messages were cancelled. What is on
    its way can't be called back.
    """
    _move(campaign, Campaign.State.STOPPED, allowed=tuple(Campaign.State))
    runs = Run.objects.filter(
        campaign=campaign, state__in=[Run.State.PLANNING, Run.State.SENDING]
    )
    runs.update(state=Run.State.STOPPED, finished_at=now())
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
        raise CannotChange(f"{campaign} is {campaign.get_state_display()}.")
    campaign.refresh_from_db()
    return campaign
