"""Messages of which nobody knows whether they arrived: one person asks to send them
again, a second one decides.
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from campaigns.lifecycle.approvers import MAY_APPROVE, lacks_right
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


def ask(campaign: Campaign, *, by: User, seen: int | None = None) -> Resending:
    """Ask to send a campaign's unknown messages again: those of now, whatever comes
    later.

    ``seen`` is how many were shown to the person who asks. Raise `CannotChange`.
    """
    unknown = campaign.messages.filter(state=Message.State.UNKNOWN)
    ids = list(unknown.order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise CannotChange(f"{campaign} has no unknown message.")
    if seen not in (None, len(ids)):
        raise CannotChange(
            f"{campaign}: you saw {seen} unknown messages, now there are {len(ids)}."
        )
    try:
        with transaction.atomic():
            return Resending.objects.create(
                campaign=campaign, n=len(ids), message_ids=ids, asked_by=by
            )
    except IntegrityError:
        raise CannotChange(f"{campaign}: somebody has asked already.") from None


@transaction.atomic
def approve(campaign: Campaign, *, by: User, seen: int | None = None) -> int:
    """Queue again those messages that were asked about and are unknown still; return
    how many.

    ``seen`` is the number of the request that was shown. Raise `CannotChange`.
    """
    request = (
        Resending.objects.select_for_update()
        .filter(campaign=campaign, approved_at=None)
        .first()
    )
    if request is None:
        raise CannotChange(f"{campaign}: nobody has asked.")
    if seen not in (None, request.pk):
        raise CannotChange(f"{campaign}: this is another request than the one you saw.")
    if request.asked_by_id == by.pk:
        raise CannotChange(f"{by.get_username()} asked; a second person decides.")
    if not by.has_perm(MAY_APPROVE):
        raise CannotChange(lacks_right(by))
    unknown = Message.objects.filter(
        pk__in=request.message_ids, state=Message.State.UNKNOWN
    )
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
