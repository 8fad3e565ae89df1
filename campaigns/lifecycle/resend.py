"""Messages of which nobody knows whether they arrived: one person asks to send them
again, a second one decides.
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from campaigns.lifecycle.campaign_state import CannotChange
from campaigns.models import Campaign, Message, Resending, Run
from retention_site.lib.clock import now, real_now
from retention_site.lib.wake import wake

SEND = "campaigns.tasks.send_due"
USEFUL = timedelta(days=1)  # from the approval on


def n_unknown(campaign: Campaign) -> int:
    return campaign.messages.filter(state=Message.State.UNKNOWN).count()


def waiting(campaign: Campaign) -> Resending | None:
    """Return the request that waits for a second person."""
    return (
        Resending.objects.filter(campaign=campaign, approved_at=None)
        .select_related("asked_by")
        .first()
    )


def ask(campaign: Campaign, *, by: User) -> Resending:
    """Ask to send a campaign's unknown messages again; raise `CannotChange`."""
    n = n_unknown(campaign)
    if not n:
        raise CannotChange(f"{campaign} has no unknown message.")
    try:
        with transaction.atomic():
            return Resending.objects.create(campaign=campaign, n=n, asked_by=by)
    except IntegrityError:
        raise CannotChange(f"{campaign}: somebody has asked already.") from None


@transaction.atomic
def approve(campaign: Campaign, *, by: User) -> int:
    """Queue the unknown messages again; return how many. Raise `CannotChange`."""
    request = (
        Resending.objects.select_for_update()
        .filter(campaign=campaign, approved_at=None)
        .first()
    )
    if request is None:
        raise CannotChange(f"{campaign}: nobody has asked.")
    if request.asked_by_id == by.pk:
        raise CannotChange(f"{by.get_username()} asked; a second person decides.")
    unknown = Message.objects.filter(campaign=campaign, state=Message.State.UNKNOWN)
    runs = list(unknown.values_list("run", flat=True).distinct())
    reason = (
        f"sent again: {request.asked_by.get_username()} asked, {by.get_username()}"
        " approved"
    )
    n = unknown.update(
        state=Message.State.QUEUED,
        reason=reason,
        not_before=now(),
        expires_at=now() + USEFUL,
        finished_at=None,
    )
    Run.objects.filter(pk__in=runs, state=Run.State.FINISHED).update(
        state=Run.State.SENDING, finished_at=None
    )
    Resending.objects.filter(pk=request.pk).update(
        approved_by=by, approved_at=real_now(), n=n
    )
    wake(SEND, "bulk")
    return n
