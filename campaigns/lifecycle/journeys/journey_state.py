"""Hold a journey back, let it go on, let nobody in any more, or end it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from campaigns.journeys import event_waits, exits, locks
from campaigns.journeys.entries import published
from campaigns.lifecycle import campaign_state
from campaigns.models import Campaign, JourneyToken, Schedule, Trigger
from campaigns.triggers import armed_triggers
from retention_site.lib.wake import wake

MOVE = "campaigns.tasks.move_journeys"


@transaction.atomic
def pause(journey: Campaign) -> Campaign:
    """Let nobody go on and send nothing; who is inside stays where she is."""
    for one in journey.parts.all():
        campaign_state.pause(one)
    return campaign_state.pause(journey)


@transaction.atomic
def resume(journey: Campaign, *, by: Any = None) -> Campaign:
    """Let those inside go on; whose time has come meanwhile goes on at once."""
    for one in journey.parts.all():
        campaign_state.resume(one, by=by)
    moved = campaign_state.resume(journey, by=by)
    wake(MOVE)
    return moved


@transaction.atomic
def drain(journey: Campaign) -> Campaign:
    """Let nobody in any more; those inside go on to the end. Publishing it again opens
    it.
    """
    if journey.state == Campaign.State.STOPPED:
        raise campaign_state.CannotChange(f"{journey} is stopped for good.")
    if published(journey) is None:
        raise campaign_state.CannotChange(f"{journey} is not published.")
    _close(journey)
    return journey


@transaction.atomic
def stop(journey: Campaign) -> int:
    """End a journey for good, everybody out; return how many were inside."""
    locks.alone(journey.pk)
    for one in journey.parts.all():
        campaign_state.stop(one)
    campaign_state.stop(journey)
    _close(journey)
    event_waits.forget()
    journey.refresh_from_db()
    return exits.everybody_out(journey)


def state_of(journey: Campaign) -> str:
    """Say in one word what a journey does: draft, published, draining, paused or
    stopped.
    """
    if journey.state != Campaign.State.ACTIVE:
        return str(journey.state)
    if published(journey) is None:
        return "draft"
    is_open = any(
        model.objects.filter(campaign=journey, is_active=True).exists()
        for model in (Trigger, Schedule)
    )
    return "published" if is_open else "draining"


def n_inside(journey: Campaign) -> int:
    return JourneyToken.objects.filter(journey=journey).count()


def _close(journey: Campaign) -> None:
    Trigger.objects.filter(campaign=journey).update(is_active=False)
    Schedule.objects.filter(campaign=journey).update(is_active=False)
    armed_triggers.forget()
